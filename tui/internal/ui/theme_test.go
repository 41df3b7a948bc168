package ui_test

import (
	"image/color"
	"math"
	"reflect"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/cross-account-manager/cam/core"
	"github.com/cross-account-manager/cam/tui/internal/ui"
)

// styles lists the styles of a theme by name.
func styles(t *ui.Theme) map[string]lipgloss.Style {
	out := map[string]lipgloss.Style{}
	v := reflect.ValueOf(*t)
	for i := range v.NumField() {
		if style, ok := v.Field(i).Interface().(lipgloss.Style); ok {
			out[v.Type().Field(i).Name] = style
		}
	}
	return out
}

// contrast is the ratio of WCAG 2.1, "contrast ratio".
func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		r, g, b, _ := c.RGBA()
		channel := func(v uint32) float64 {
			s := float64(v) / 0xffff
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestColorsAreLegible on their backgrounds, in full color, with 256 and with 16 colors
// (as xterm draws them).
func TestColorsAreLegible(t *testing.T) {
	t.Parallel()
	for _, dark := range []bool{true, false} {
		backgrounds := map[bool][]string{true: {"#000000", "#1e1e1e"}, false: {"#ffffff"}}[dark]
		for name, style := range styles(ui.NewTheme(dark)) {
			ink := style.GetForeground()
			if _, none := ink.(lipgloss.NoColor); none {
				continue
			}
			for profile, least := range map[colorprofile.Profile]float64{colorprofile.TrueColor: 4.5, colorprofile.ANSI256: 4.5, colorprofile.ANSI: 3} {
				for _, background := range backgrounds {
					if got := contrast(profile.Convert(ink), lipgloss.Color(background)); got < least {
						t.Errorf("dark %v, %v: %s on %s has contrast %.1f, want %.1f", dark, profile, name, background, got, least)
					}
				}
			}
		}
	}
}

// TestNothingIsSaidByColorAlone: without color the cursor, matches and buttons still
// look different, and every status has a sign of its own.
func TestNothingIsSaidByColorAlone(t *testing.T) {
	t.Parallel()
	plain := func(s string) string {
		var out strings.Builder
		w := colorprofile.Writer{Forward: &out, Profile: colorprofile.ASCII}
		_, _ = w.WriteString(s)
		return out.String()
	}
	theme := ui.NewTheme(true)
	for _, name := range []string{"Selected", "Match", "Marked", "Cursor", "BadgeAdmin", "BadgeRead"} {
		if text := plain(styles(theme)[name].Render("x")); text == "x" {
			t.Errorf("%s looks like text where there is no color", name)
		}
	}
	signs := map[string]string{}
	for _, status := range []core.AssignmentStatus{core.AssignmentActive, core.AssignmentFailed, core.AssignmentPending, core.AssignmentDeleting, core.AssignmentDeleted, "waiting"} {
		_, sign := theme.Status(string(status))
		if other, taken := signs[sign]; taken || ansi.StringWidth(sign) != 1 {
			t.Errorf("the sign of %s is %q, also of %q", status, sign, other)
		}
		signs[sign] = string(status)
	}
}

func TestLayoutKeepsTheFooter(t *testing.T) {
	t.Parallel()
	for w := ui.MinWidth; w <= 200; w += 7 {
		for h := ui.MinHeight; h <= 80; h++ {
			for notice := range 6 {
				f := ui.Layout(w, h, notice)
				lines := 1 + f.Body + f.Notice + 1 + f.Footer
				if f.Tabs {
					lines++
				}
				if lines != h || f.Body < 1 || f.Footer < 1 || notice > 0 && f.Notice == 0 {
					t.Fatalf("%dx%d with %d lines of notice: %+v is %d lines", w, h, notice, f, lines)
				}
			}
			for _, want := range []bool{true, false} {
				p := ui.Split(w, h, want)
				switch {
				case p.PreviewW == 0 && (p.MainW != w || p.MainH != h),
					p.PreviewW > 0 && !p.Below && (p.MainW+1+p.PreviewW != w || p.MainW < 80 || p.MainH != h),
					p.PreviewW > 0 && p.Below && (p.MainH+1+p.PreviewH != h || p.MainW != w || w >= 115):
					t.Fatalf("%dx%d: %+v", w, h, p)
				}
			}
		}
	}
}
