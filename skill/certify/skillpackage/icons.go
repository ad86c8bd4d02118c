package skillpackage

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // icons may be JPEG,
	_ "image/png"  // or PNG
	"path"
	"strings"
)

// maxIconSide keeps a picture that unpacks to gigabytes from being unpacked, in pixels.
const maxIconSide = 4096

// decoded is what became of a file.
type decoded struct {
	size  image.Point // in pixels
	blank string      // why it shows nothing
	err   error
}

// examineIcon asks for an icon of a locale, square with the given side in pixels. A URL of the internet is not opened.
func (e *examination) examineIcon(check, locale, uri string, side int) {
	name, inPackage := strings.CutPrefix(uri, "file://")
	switch {
	case uri == "":
		e.expect(check, false, locale, "icon", "is missing")
		return
	case strings.HasPrefix(uri, "https://"):
		e.verdicts.NotRun(check, "the icon is elsewhere; only files of the package are decoded")
		return
	case !inPackage:
		e.expect(check, false, locale, "icon", "%.100q is neither file:// nor https://", uri)
		return
	}
	icon := e.icon(path.Clean(strings.TrimPrefix(name, "/")))
	if icon.err != nil {
		e.expect(check, false, locale, name, "%v", icon.err)
		return
	}
	e.expect(check, icon.size == image.Pt(side, side), locale, name, "%d × %d pixels, want %d × %d", icon.size.X, icon.size.Y, side, side)
	e.expect("META-3c", icon.blank == "", locale, name, "%s", icon.blank)
}

// icon looks at a picture once, since all locales may share it.
func (e *examination) icon(name string) decoded {
	known, ok := e.icons[name]
	if !ok {
		picture, err := e.decodeIcon(name)
		if known.err = err; err == nil {
			known.size, known.blank = picture.Bounds().Size(), blank(picture)
		}
		e.icons[name] = known
	}
	return known
}

func (e *examination) decodeIcon(name string) (image.Image, error) {
	data, ok := e.files[name]
	if !ok {
		return nil, fmt.Errorf("there is no such file in the package")
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || (format != "png" && format != "jpeg") {
		return nil, fmt.Errorf("is neither PNG nor JPEG")
	}
	if config.Width > maxIconSide || config.Height > maxIconSide {
		return nil, fmt.Errorf("%d × %d pixels is no icon", config.Width, config.Height)
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("is broken: %w", err)
	}
	return picture, nil
}

// blankGrid is how many pixels of a side are looked at: what shows something shows it there.
const blankGrid = 64

// blank tells why a picture shows nothing; "" if it shows something. Corners may be transparent, since the store cuts a
// circle; the middle may not.
func blank(picture image.Image) string {
	b := picture.Bounds()
	if b.Empty() {
		return "has no pixels"
	}
	first := picture.At(b.Min.X, b.Min.Y)
	fr, fg, fb, fa := first.RGBA()
	uniform, clear, inside := true, 0, 0
	stepX, stepY := max(1, b.Dx()/blankGrid), max(1, b.Dy()/blankGrid)
	middle := image.Rect(b.Min.X+b.Dx()/4, b.Min.Y+b.Dy()/4, b.Max.X-b.Dx()/4, b.Max.Y-b.Dy()/4)
	for y := b.Min.Y; y < b.Max.Y; y += stepY {
		for x := b.Min.X; x < b.Max.X; x += stepX {
			r, g, bl, a := picture.At(x, y).RGBA()
			uniform = uniform && r == fr && g == fg && bl == fb && a == fa
			if image.Pt(x, y).In(middle) {
				inside++
				if a == 0 {
					clear++
				}
			}
		}
	}
	switch {
	case uniform:
		return "is of one color"
	case clear*2 > inside:
		return "is transparent in the middle"
	}
	return ""
}
