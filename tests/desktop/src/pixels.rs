//! Pictures compared by what they show, however they were written.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result};

/// Width, height and the colours of each pixel of a PNG file.
///
/// # Errors
/// When the file is not there, or is no PNG.
pub fn pixels(file: &Path) -> Result<(u32, u32, Vec<u8>)> {
    let reader = BufReader::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?);
    let mut reader = png::Decoder::new(reader).read_info()?;
    let mut colours = vec![0; reader.output_buffer_size().context("the picture is too large")?];
    let frame = reader.next_frame(&mut colours)?;
    colours.truncate(frame.buffer_size());
    Ok((frame.width, frame.height, colours))
}
