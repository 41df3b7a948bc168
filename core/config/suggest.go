package config

import (
	"fmt"
	"slices"
	"strings"
)

// maxSuggested bounds the length of words that are compared.
const maxSuggested = 128

// didYouMean is the advice that names the known word nearest to the given one, or
// empty when none is near. The order of known words does not matter.
func didYouMean(word string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if shorter := min(len(word), len(k)); d > (shorter+2)/3 || d >= shorter {
			continue
		}
		if best == "" || d < least || d == least && k < best {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// suggestOr is didYouMean with an advice for when no word is near: the known words.
func suggestOr(word string, known []string) string {
	if advice := didYouMean(word, known); advice != "" {
		return advice
	}
	known = slices.Sorted(slices.Values(known))
	return "known here: " + strings.Join(known, ", ")
}

// distance is the Levenshtein distance in bytes: how many insertions, deletions and
// replacements make b of a.
func distance(a, b string) int {
	if len(a) > maxSuggested || len(b) > maxSuggested {
		return maxSuggested
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
