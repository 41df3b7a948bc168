package dynamodb

import "math"

// meter adds up the capacity units of one table in a request.
type meter struct {
	table         float64
	local, global map[string]float64
}

// consumedCapacity is the ConsumedCapacity of a response.
type consumedCapacity struct {
	TableName              string
	CapacityUnits          float64
	Table                  *capacityUnits           `json:",omitempty"`
	LocalSecondaryIndexes  map[string]capacityUnits `json:",omitempty"`
	GlobalSecondaryIndexes map[string]capacityUnits `json:",omitempty"`
}

type capacityUnits struct{ CapacityUnits float64 }

// readUnits is the cost of reading so many bytes: a unit is 4 KB strongly
// consistent, half of it eventually consistent.
func readUnits(bytes int, consistent bool) float64 {
	units := max(1, math.Ceil(float64(bytes)/4096))
	if !consistent {
		units /= 2
	}
	return units
}

// writeUnits is the cost of writing so many bytes: a unit is 1 KB.
func writeUnits(bytes int) float64 { return max(1, math.Ceil(float64(bytes)/1024)) }

func (m *meter) addIndex(ix *index, units float64) {
	if units == 0 {
		return
	}
	side := &m.local
	if ix.global {
		side = &m.global
	}
	if *side == nil {
		*side = map[string]float64{}
	}
	(*side)[ix.name] += units
}

// add adds another meter's units, factor times.
func (m *meter) add(other meter, factor float64) {
	m.table += other.table * factor
	for _, side := range []struct {
		to   *map[string]float64
		from map[string]float64
	}{{&m.local, other.local}, {&m.global, other.global}} {
		for name, units := range side.from {
			if *side.to == nil {
				*side.to = map[string]float64{}
			}
			(*side.to)[name] += units * factor
		}
	}
}

// report makes the response's ConsumedCapacity; level is the request's
// ReturnConsumedCapacity: INDEXES, TOTAL or NONE.
func (m meter) report(table, level string) *consumedCapacity {
	if level != "TOTAL" && level != "INDEXES" {
		return nil
	}
	c := &consumedCapacity{TableName: table, CapacityUnits: m.table}
	for _, side := range []map[string]float64{m.local, m.global} {
		for _, units := range side {
			c.CapacityUnits += units
		}
	}
	if level == "INDEXES" {
		c.Table = &capacityUnits{m.table}
		c.LocalSecondaryIndexes = unitsByName(m.local)
		c.GlobalSecondaryIndexes = unitsByName(m.global)
	}
	return c
}

func unitsByName(units map[string]float64) map[string]capacityUnits {
	out := make(map[string]capacityUnits, len(units))
	for name, n := range units {
		out[name] = capacityUnits{n}
	}
	return out
}
