package ui

import (
	"image/color"

	"charm.land/lipgloss/v2"

	"github.com/cross-account-manager/cam/core"
)

// Theme is every style of the interface. No meaning is carried by colour alone: what a
// color says, a word or a sign says as well.
type Theme struct {
	Dark bool

	Text, Dim, Bold, Title, Accent  lipgloss.Style
	Good, Warn, Bad, Busy           lipgloss.Style
	Added, Removed, Changed         lipgloss.Style
	Selected, Marked, Match, Header lipgloss.Style
	Key, Border, Cursor             lipgloss.Style
	BadgeAdmin, BadgeRead           lipgloss.Style

	CodeKey, CodeString, CodeNumber, CodeComment, CodePunctuation, CodeKeyword lipgloss.Style
}

// NewTheme makes the theme for a dark or a light background.
func NewTheme(dark bool) *Theme {
	pick := lipgloss.LightDark(dark)
	ink := func(light, dark string) lipgloss.Style {
		return lipgloss.NewStyle().Foreground(pick(lipgloss.Color(light), lipgloss.Color(dark)))
	}
	badge := func(c color.Color) lipgloss.Style {
		return lipgloss.NewStyle().Bold(true).Reverse(true).Foreground(c)
	}
	plain := lipgloss.NewStyle()
	t := &Theme{
		Dark: dark, Text: plain, Bold: plain.Bold(true),
		Dim:   ink("#585858", "#a8a8a8"),
		Title: ink("#5f00af", "#ffafff").Bold(true), Accent: ink("#005f87", "#5fffff"),
		Good: ink("#006000", "#5fd75f"), Warn: ink("#7a4b00", "#ffd75f"), Bad: ink("#a80000", "#ff8787").Bold(true), Busy: ink("#005f87", "#5fffff"),
		Added: ink("#006000", "#5fd75f"), Removed: ink("#a80000", "#ff8787"), Changed: ink("#7a4b00", "#ffd75f"),
		Selected: plain.Reverse(true), Marked: plain.Bold(true), Match: plain.Bold(true).Underline(true), Header: plain.Bold(true),
		Key: ink("#005f87", "#5fffff").Bold(true), Border: ink("#6c6c6c", "#8a8a8a"), Cursor: plain.Reverse(true),
		CodeKey: ink("#005f87", "#5fffff"), CodeString: ink("#006000", "#87d787"), CodeNumber: ink("#7a4b00", "#ffd75f"),
		CodeComment: ink("#585858", "#a8a8a8").Italic(true), CodePunctuation: ink("#585858", "#a8a8a8"), CodeKeyword: ink("#870087", "#ff87ff"),
	}
	t.BadgeAdmin = badge(pick(lipgloss.Color("#7a4b00"), lipgloss.Color("#ffd75f")))
	t.BadgeRead = badge(pick(lipgloss.Color("#006000"), lipgloss.Color("#5fd75f")))
	return t
}

// Status is the style and the sign of a status word of accounts, roles or assignments.
func (t *Theme) Status(status string) (lipgloss.Style, string) {
	switch status {
	case string(core.AssignmentActive):
		return t.Good, "●"
	case string(core.AssignmentFailed):
		return t.Bad, "✗"
	case string(core.AssignmentPending):
		return t.Busy, "…"
	case string(core.AssignmentDeleting):
		return t.Warn, "−"
	case string(core.AssignmentDeleted):
		return t.Dim, "·"
	case "waiting":
		return t.Dim, "○"
	default:
		return t.Text, " "
	}
}
