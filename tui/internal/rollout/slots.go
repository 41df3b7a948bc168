package rollout

// Limits of a board. What is beyond them is left out, and Board.Full says so.
const (
	MaxAccounts = 1 << (32 - roleBits)
	MaxRoles    = 1 << roleBits

	roleBits = 14
)

// Pack makes one number of an account's and a role's index. It stays the same for
// the life of a board.
func Pack(account, role uint32) uint32 { return account<<roleBits | role }

// Unpack is the inverse of Pack.
func Unpack(number uint32) (account, role uint32) {
	return number >> roleBits, number & (MaxRoles - 1)
}

// slots gives keys their indexes, in the order in which they come.
type slots[K comparable] struct {
	at   map[K]uint32
	keys []K
}

// of finds a key's index, and gives it one if it has none and there are fewer than
// limit.
func (s *slots[K]) of(key K, limit int) (uint32, bool) {
	if i, found := s.at[key]; found {
		return i, true
	}
	if len(s.keys) >= limit {
		return 0, false
	}
	if s.at == nil {
		s.at = map[K]uint32{}
	}
	i := uint32(len(s.keys))
	s.at[key], s.keys = i, append(s.keys, key)
	return i, true
}
