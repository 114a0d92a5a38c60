#!/bin/sh
# Draws every PNG and the .icns from the SVG sources. Needs rsvg-convert (librsvg2-bin) and python3.
set -eu
cd "$(dirname "$0")"

for light in green yellow red unknown; do
    for kind in "" -template; do
        rsvg-convert -w 36 -h 36 -o "tray/$light$kind.png" "tray/$light$kind.svg"
        rsvg-convert -w 54 -h 54 -o "tray/$light$kind@3x.png" "tray/$light$kind.svg"
    done
done

for size in 16 32 64 128 256 512 1024; do
    rsvg-convert -w "$size" -h "$size" -o "app/$size.png" app/icon.svg
done
cp app/512.png app/icon.png
python3 pack_icns.py app/icon.icns app
rm app/16.png app/64.png app/1024.png
