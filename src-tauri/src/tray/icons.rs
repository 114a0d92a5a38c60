//! The pictures of the four lights.

use caretaker_core::profile::IconStyle;
use caretaker_core::signal::Level;
use tauri::image::Image;

/// The picture of `level`: 36 pixels for 18 points.
///
/// # Errors
/// Never with the pictures that are built in.
pub fn image(level: Level, style: IconStyle) -> tauri::Result<Image<'static>> {
    macro_rules! picture {
        ($name:literal) => {
            include_bytes!(concat!("../../../icons/tray/", $name, ".png")).as_slice()
        };
    }
    Image::from_bytes(match (style, level) {
        (IconStyle::Colour, Level::Green) => picture!("green"),
        (IconStyle::Colour, Level::Yellow) => picture!("yellow"),
        (IconStyle::Colour, Level::Red) => picture!("red"),
        (IconStyle::Colour, Level::Unknown) => picture!("unknown"),
        (IconStyle::Plain, Level::Green) => picture!("green-template"),
        (IconStyle::Plain, Level::Yellow) => picture!("yellow-template"),
        (IconStyle::Plain, Level::Red) => picture!("red-template"),
        (IconStyle::Plain, Level::Unknown) => picture!("unknown-template"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [Level; 4] = [Level::Green, Level::Yellow, Level::Red, Level::Unknown];

    /// Which pixels are inked, whatever their colour.
    fn shape(level: Level) -> Vec<bool> {
        image(level, IconStyle::Plain).unwrap().rgba().chunks(4).map(|pixel| pixel[3] > 127).collect()
    }

    #[test]
    fn every_picture_is_36_pixels_square() {
        for style in [IconStyle::Colour, IconStyle::Plain] {
            for level in LEVELS {
                let image = image(level, style).unwrap();
                assert_eq!((image.width(), image.height()), (36, 36), "{level} {style:?}");
            }
        }
    }

    #[test]
    fn shapes_differ_without_colour() {
        for (number, one) in LEVELS.into_iter().enumerate() {
            for other in &LEVELS[number + 1..] {
                let (a, b) = (shape(one), shape(*other));
                let inked = a.iter().filter(|inked| **inked).count().max(1);
                let differing = a.iter().zip(&b).filter(|(a, b)| a != b).count();
                assert!(
                    differing * 100 / inked >= 15,
                    "{one} and {other} look alike: {differing} of {inked}"
                );
            }
        }
    }

    #[test]
    fn template_pictures_are_black_with_alpha() {
        for level in LEVELS {
            let image = image(level, IconStyle::Plain).unwrap();
            let coloured = image.rgba().chunks(4).filter(|p| p[3] > 0 && p[..3] != [0, 0, 0]).count();
            assert_eq!(coloured, 0, "{level}");
        }
    }
}
