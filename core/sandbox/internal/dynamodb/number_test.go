package dynamodb

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, err string }{
		{"0", "0", ""}, {"-0.00", "0", ""}, {"007", "7", ""}, {"1.50", "1.5", ""}, {"+1e3", "1000", ""},
		{"-12.5E-3", "-0.0125", ""}, {".5", "0.5", ""}, {"5.", "5", ""}, {"1e125", "1" + strings.Repeat("0", 125), ""},
		{"1E-130", "0." + strings.Repeat("0", 129) + "1", ""},
		{strings.Repeat("9", 38), strings.Repeat("9", 38), ""},
		{strings.Repeat("9", 39), "", "more than 38 significant digits"},
		{"1e126", "", "overflow"}, {"1e-131", "", "underflow"}, {"1e99999999999999999999", "", "cannot be converted"},
		{"", "", "cannot be converted"}, {"x", "", "cannot be converted to a numeric value: x"},
		{"1e", "", "cannot be converted"}, {"--1", "", "cannot be converted"}, {" 1", "", "cannot be converted"},
		{"1.2.3", "", "cannot be converted"}, {".", "", "cannot be converted"}, {"1e++2", "", "cannot be converted"},
	}
	for _, tt := range tests {
		n, err := parseNumber(tt.in)
		switch {
		case tt.err == "" && (err != nil || n.String() != tt.want):
			t.Errorf("parseNumber(%q) = %s, %v, want %s", tt.in, n, err, tt.want)
		case tt.err != "" && (err == nil || !strings.Contains(err.Message, tt.err)):
			t.Errorf("parseNumber(%q): error %v, want %q", tt.in, err, tt.err)
		}
	}
}

// TestNumberAgainstRat compares order, sum and text with rational arithmetic.
func TestNumberAgainstRat(t *testing.T) {
	t.Parallel()
	texts := rapid.StringMatching(`-?[0-9]{1,12}(\.[0-9]{1,10})?(e-?[0-9])?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		n, err1 := parseNumber(a)
		m, err2 := parseNumber(b)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got, want := n.compare(m), x.Cmp(y); got != want {
			t.Errorf("%s compare %s = %d, want %d", a, b, got, want)
		}
		sum, err := n.add(m)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := new(big.Rat).SetString(sum.String())
		if text.Cmp(x.Add(x, y)) != 0 {
			t.Errorf("%s + %s = %s", a, b, sum)
		}
		if back, _ := parseNumber(sum.String()); back != sum {
			t.Errorf("%s is not read back as itself", sum)
		}
	})
}
