package dynamodb

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// Limits of the Number type (Developer Guide, "Supported data types").
const (
	maxDigits = 38
	// A magnitude lies in [1E-130, 1E+126), that is 0.d × 10^exp with these bounds.
	minExponent = -129
	maxExponent = 126
)

// Number is an exact decimal: ±0.digits × 10^exp. Digits has neither leading nor
// trailing zeros, and zero is the zero value, so equal numbers are equal structs
// and digit strings of one exponent compare as text.
type Number struct {
	neg    bool
	exp    int
	digits string
}

// parseNumber reads a decimal with optional sign, fraction and exponent.
func parseNumber(text string) (Number, *api.Error) {
	mantissa, exponent, ok := splitNumber(text)
	if !ok {
		if text == "" {
			return Number{}, invalid("The parameter cannot be converted to a numeric value")
		}
		return Number{}, invalid("The parameter cannot be converted to a numeric value: %s", text)
	}
	neg := strings.HasPrefix(mantissa, "-")
	mantissa = strings.TrimLeft(mantissa, "+-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return normalise(neg, whole+fraction, exponent+len(whole))
}

// splitNumber checks the form and separates mantissa and exponent. An exponent
// too long to matter is clamped: the range check refuses it.
func splitNumber(text string) (mantissa string, exponent int, ok bool) {
	mantissa = text
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		tail := strings.TrimPrefix(text[i+1:], "+")
		n, err := strconv.Atoi(tail)
		if err != nil || strings.HasPrefix(tail, "+") {
			return "", 0, false
		}
		exponent = max(min(n, 1<<20), -(1 << 20))
	}
	body := mantissa
	if body != "" && (body[0] == '-' || body[0] == '+') {
		body = body[1:]
	}
	whole, fraction, _ := strings.Cut(body, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", 0, false
	}
	return mantissa, exponent, true
}

// normalise makes a Number of ±0.digits × 10^exp and checks its range.
func normalise(neg bool, digits string, exp int) (Number, *api.Error) {
	trimmed := strings.TrimLeft(digits, "0")
	exp -= len(digits) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	switch {
	case trimmed == "":
		return Number{}, nil
	case len(trimmed) > maxDigits:
		return Number{}, invalid("Attempting to store more than 38 significant digits in a Number")
	case exp > maxExponent:
		return Number{}, invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case exp < minExponent:
		return Number{}, invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	return Number{neg: neg, exp: exp, digits: strings.Clone(trimmed)}, nil
}

func intNumber(n int) Number {
	num, _ := normalise(n < 0, strings.TrimPrefix(strconv.Itoa(n), "-"), len(strings.TrimPrefix(strconv.Itoa(n), "-")))
	return num
}

// String writes the number without an exponent, as DynamoDB returns it.
func (n Number) String() string {
	var s string
	switch {
	case n.digits == "":
		return "0"
	case n.exp <= 0:
		s = "0." + strings.Repeat("0", -n.exp) + n.digits
	case n.exp >= len(n.digits):
		s = n.digits + strings.Repeat("0", n.exp-len(n.digits))
	default:
		s = n.digits[:n.exp] + "." + n.digits[n.exp:]
	}
	if n.neg {
		return "-" + s
	}
	return s
}

// add returns n+m exactly, or an error where the sum leaves the type's range.
func (n Number) add(m Number) (Number, *api.Error) {
	scale := min(n.exp-len(n.digits), m.exp-len(m.digits))
	sum := new(big.Int).Add(n.scaled(scale), m.scaled(scale))
	digits := new(big.Int).Abs(sum).String()
	return normalise(sum.Sign() < 0, digits, len(digits)+scale)
}

func (n Number) negate() Number {
	if n.digits != "" {
		n.neg = !n.neg
	}
	return n
}

// scaled is n / 10^scale as an integer; scale is at most n's own.
func (n Number) scaled(scale int) *big.Int {
	v := new(big.Int)
	if n.digits == "" {
		return v
	}
	v.SetString(n.digits+strings.Repeat("0", n.exp-len(n.digits)-scale), 10)
	if n.neg {
		v.Neg(v)
	}
	return v
}

// compare orders numbers by value.
func (n Number) compare(m Number) int { return strings.Compare(n.sortable(), m.sortable()) }

// sortable is text whose byte order is the numeric order: a sign byte, the
// exponent, the digits. Negative numbers are complemented and end in a byte above
// every digit, for there the longer of two equal prefixes is the smaller number.
func (n Number) sortable() string {
	if n.digits == "" {
		return "\x01"
	}
	buf := make([]byte, 0, len(n.digits)+3)
	exponent := byte(n.exp - minExponent)
	if !n.neg {
		buf = append(buf, 2, exponent)
		return string(append(buf, n.digits...))
	}
	buf = append(buf, 0, 255-exponent)
	for i := range len(n.digits) {
		buf = append(buf, '0'+'9'-n.digits[i])
	}
	return string(append(buf, 0xff))
}

// size is the stored size in bytes: two digits a byte and one for the exponent
// (Developer Guide, "Item sizes and formats").
func (n Number) size() int {
	size := (len(n.digits)+1)/2 + 1
	if n.neg {
		size++
	}
	return size
}
