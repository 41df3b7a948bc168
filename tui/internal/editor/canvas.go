package editor

import "strings"

// canvas collects the cells of one line, from x = 0 up to its width.
type canvas struct {
	painter *painter
	width   int
	x       int // of the next cell; negative left of the screen
	out     strings.Builder
	pen     pen // that the output is in the middle of
}

// put draws a glyph. Of one that does not fit, only blank cells are seen.
func (c *canvas) put(glyph string, width int, k class, l look) {
	from, to := max(c.x, 0), min(c.x+width, c.width)
	if from >= to {
		c.x += width
		return
	}
	if to-from < width {
		glyph = strings.Repeat(" ", to-from)
	}
	c.use(c.painter[k][l])
	c.out.WriteString(glyph)
	c.x += width
}

func (c *canvas) use(p pen) {
	if p == c.pen {
		return
	}
	c.out.WriteString(c.pen.after)
	c.out.WriteString(p.before)
	c.pen = p
}

// finish fills the rest and is the line.
func (c *canvas) finish(l look) string {
	c.x = max(c.x, 0)
	if rest := c.width - c.x; rest > 0 {
		c.put(strings.Repeat(" ", rest), rest, textClass, l)
	}
	c.use(pen{})
	return c.out.String()
}
