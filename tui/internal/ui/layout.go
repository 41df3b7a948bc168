package ui

// Smallest size at which the interface is drawn; below it a sentence says so.
const (
	MinWidth  = 40
	MinHeight = 10
)

// Frame is how the screen is divided: header, tabs and footer keep their lines at every
// size, the body gets the rest.
type Frame struct {
	W, H   int
	Tabs   bool // is there a line for the views
	Body   int  // lines of the body
	Notice int  // lines for an error or a note
	Footer int
}

// Layout divides a screen. notice is how many lines an error or a note would like.
func Layout(w, h, notice int) Frame {
	f := Frame{W: w, H: h, Tabs: true, Footer: 1}
	if h >= 30 {
		f.Footer = 2
	}
	f.Notice = min(notice, max(1, h/4))
	if notice == 0 {
		f.Notice = 0
	}
	f.Body = h - 1 - 1 - f.Notice - 1 - f.Footer // header, tabs, status line
	if f.Body < 4 {
		f.Tabs = false
		f.Body++
	}
	f.Body = max(f.Body, 1)
	return f
}

// Panes is how a body is divided into a main pane and a preview. A preview of width 0
// is not shown.
type Panes struct {
	MainW, MainH       int
	PreviewW, PreviewH int
	Below              bool
}

// Split makes room for a preview: to the right where the main pane keeps 80 columns,
// else below where it keeps eight lines, else nowhere.
func Split(w, h int, preview bool) Panes {
	const mainW, previewW, mainH, previewH = 80, 34, 8, 6
	switch {
	case !preview:
	case w >= mainW+1+previewW:
		right := max(previewW, min((w-1)*2/5, w-1-mainW))
		return Panes{MainW: w - 1 - right, MainH: h, PreviewW: right, PreviewH: h}
	case h >= mainH+1+previewH:
		below := max(previewH, h/3)
		return Panes{MainW: w, MainH: h - 1 - below, PreviewW: w, PreviewH: below, Below: true}
	}
	return Panes{MainW: w, MainH: h}
}
