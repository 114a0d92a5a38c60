// Runs every test program that `cargo test` builds, in three lanes side by side: what plays on a desktop one after the other, and
// two that take the next of all the others. Most of their time they wait for something, so that one lane alone leaves the machine idle.
// Documentation holds no tests here.
// usage: node .ci/lanes.mjs FEATURES
import { spawn, spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';

const features = process.argv[2];
const cargo = ['--locked', '--workspace', '--features', features];

function programs() {
  const built = spawnSync('cargo', ['test', '--no-run', '--message-format=json-render-diagnostics', ...cargo], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
  const said = built.stdout.toString().split('\n').filter((line) => line.startsWith('{'));
  return said
    .map((line) => JSON.parse(line))
    .filter((one) => one.reason === 'compiler-artifact' && one.profile.test && one.executable)
    .map((one) => ({ name: `${basename(dirname(one.manifest_path))}/${one.target.name}`, program: one.executable, folder: dirname(one.manifest_path) }));
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0).padStart(4)} s`;

// What it printed is shown when it has ended, so that two lanes are never mixed: all of it where it failed.
function run({ name, program, folder }) {
  return new Promise((resolve) => {
    const begun = Date.now();
    const env = { ...process.env, CARGO: 'cargo', CARGO_MANIFEST_DIR: folder };
    const child = spawn(program, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = [];
    child.stdout.on('data', (piece) => printed.push(piece));
    child.stderr.on('data', (piece) => printed.push(piece));
    child.on('error', (error) => printed.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      const text = Buffer.concat(printed).toString();
      const result = text.match(/^test result: .*$/gm)?.join('; ') ?? '';
      if (code === 0) console.log(`${seconds(begun)}  ${name}  ${result}`);
      else console.log(`${text}\n${seconds(begun)}  ${name}  FAILED (${code})  ${result}`);
      resolve(code === 0 ? [] : [name]);
    });
  });
}

// Takes the next as long as there is one.
async function lane(waiting) {
  const failed = [];
  for (let next = waiting.shift(); next; next = waiting.shift()) failed.push(...(await run(next)));
  return failed;
}

const all = programs();
const onDesktop = ({ folder }) => folder.endsWith('/tests/desktop');
const [desktop, others] = [all.filter(onDesktop), all.filter((one) => !onDesktop(one))];
const failed = (await Promise.all([lane(desktop), lane(others), lane(others)])).flat();
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`);
  process.exit(1);
}
