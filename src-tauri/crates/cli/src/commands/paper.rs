//! `caretaker completions` and `caretaker man`: what packages install beside the program.

use anyhow::Context;
use caretaker_core::error::{Error, ErrorKind};
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::render::Reply;

/// The completions for `shell`.
pub fn completions(shell: Shell) -> anyhow::Result<Reply> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "caretaker", &mut out);
    text_reply(out)
}

/// The manual page of the whole program, or of the command whose words are given.
pub fn man(words: &[String]) -> anyhow::Result<Reply> {
    let mut command = Cli::command();
    command.build();
    let mut title = "caretaker".to_owned();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command = found.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("there is no command “{title} {word}”"))
                .hint("`caretaker --help` lists the commands.")
        })?;
        title = format!("{title}-{word}");
    }
    let mut out = Vec::new();
    let page = command.display_name(title.clone());
    clap_mangen::Man::new(page).title(title).render(&mut out)?;
    text_reply(out)
}

fn text_reply(bytes: Vec<u8>) -> anyhow::Result<Reply> {
    let text = String::from_utf8(bytes).context("the generated text is no UTF-8")?;
    Reply::new(&serde_json::json!({ "text": text }), text)
}
