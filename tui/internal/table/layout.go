package table

const (
	gutter   = 3 // the cursor, the mark, a space
	gap      = 2 // between columns
	narrow   = 4 // a column is cut to this before it is dropped
	ellipsis = "…"
)

// minimum is the width below which a column is not useful.
func (c Column) minimum() int {
	width := c.Min
	if width <= 0 {
		width = widthOf(clean(c.Title))
	}
	return max(c.limit(width), 1)
}

// limit is a width, or the largest that the column may have.
func (c Column) limit(width int) int {
	if c.Max > 0 {
		return min(width, c.Max)
	}
	return width
}

// choose lists the columns that have room in a width. That depends on nothing else, so
// that no column comes or goes while rows are scrolled.
//
// Those with a priority are dropped as long as not all have their minimum. Those of
// priority 0 are cut first, and dropped only where that does not help either.
func choose(columns []Column, width int) []int {
	var chosen []int
	whole, cut := -gap, -gap
	for i, c := range columns {
		chosen = append(chosen, i)
		whole += c.minimum() + gap
		cut += min(c.minimum(), narrow) + gap
	}
	for len(chosen) > 0 {
		drop := 0 // the place in chosen of the rightmost of the highest priority
		for at, i := range chosen {
			if columns[i].Priority >= columns[chosen[drop]].Priority {
				drop = at
			}
		}
		c := columns[chosen[drop]]
		if whole <= width || c.Priority <= 0 && (cut <= width || len(chosen) == 1 && width > 0) {
			break
		}
		whole -= c.minimum() + gap
		cut -= min(c.minimum(), narrow) + gap
		chosen = append(chosen[:drop], chosen[drop+1:]...)
	}
	return chosen
}

// share gives the chosen columns their widths: at first what is least, then up to the
// minimum, then what the text needs, the flexible ones last, and to those what is left.
// Needs are by column.
func share(columns []Column, chosen []int, needs []int, width int) []int {
	widths := make([]int, len(chosen))
	spare := width - gap*(len(chosen)-1)
	for at, i := range chosen {
		widths[at] = min(columns[i].minimum(), narrow, spare)
		spare -= widths[at]
	}
	stages := []func(i int) int{
		func(i int) int { return columns[i].minimum() },
		func(i int) int {
			if columns[i].Flex {
				return 0
			}
			return columns[i].limit(needs[i])
		},
		func(i int) int { return columns[i].limit(needs[i]) },
		func(i int) int {
			if !columns[i].Flex {
				return 0
			}
			return columns[i].limit(width)
		},
	}
	for _, wanted := range stages {
		spare = grow(widths, chosen, wanted, spare)
	}
	return widths
}

// grow widens columns one cell after the other, evenly, up to what each wants. It
// returns what it has not given away.
func grow(widths, chosen []int, wanted func(i int) int, spare int) int {
	limits := make([]int, len(chosen))
	for at, i := range chosen {
		limits[at] = wanted(i)
	}
	for given := true; given && spare > 0; {
		given = false
		for at := range widths {
			if spare > 0 && widths[at] < limits[at] {
				widths[at]++
				spare--
				given = true
			}
		}
	}
	return spare
}
