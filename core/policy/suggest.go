package policy

import "strings"

// didYouMean returns advice that names the known word nearest to what was written,
// or nothing where no word is near.
func didYouMean(written string, known []string) string {
	best, bestDistance := "", 3
	for _, word := range known {
		d := distance(strings.ToLower(written), strings.ToLower(word))
		if d < bestDistance && d < len(word)/2+1 {
			best, bestDistance = word, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// distance is the number of single-character edits between two words (Levenshtein).
// Words of very different lengths are never near, so their distance is not counted.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 3 || d < -3 {
		return len(a) + len(b)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
