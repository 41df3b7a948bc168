package dynamodb

import (
	"math"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// maxSegments is the largest TotalSegments of a parallel scan.
const maxSegments = 1_000_000

type scanInput struct {
	readInput
	Segment       *int
	TotalSegments *int
	ScanFilter    map[string]legacyCondition
}

func (s *Service) scan(c *api.Call, in *scanInput) (any, *api.Error) {
	if err := in.checkSegments(); err != nil {
		return nil, err
	}
	b, err := bind(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	if err := b.checkNeeded(in.FilterExpression != nil || in.ProjectionExpression != nil, "FilterExpression is null"); err != nil {
		return nil, err
	}
	r, err := s.parseRead(c, &in.readInput, b)
	if err != nil {
		return nil, err
	}
	if err := r.addLegacyFilter("ScanFilter", in.ScanFilter, false); err != nil {
		return nil, err
	}
	if err := b.checkUsed(); err != nil {
		return nil, err
	}
	if err := s.allow(c, "Scan", r.ref, in.IndexName, r.details()); err != nil {
		return nil, err
	}
	if err := s.resolve(r); err != nil {
		return nil, err
	}
	start, err := r.startKey()
	if err != nil {
		return nil, err
	}
	rank := func(*indexKey) int { return 0 }
	if in.Segment != nil {
		rank = segmentRank(*in.Segment, *in.TotalSegments)
	}
	if start != nil && rank(start) != 0 {
		return nil, invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d", *in.TotalSegments, *in.Segment)
	}
	v := s.view(in.ConsistentRead)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return r.collect(r.entries(start, true, rank), v), nil
}

func (in *scanInput) checkSegments() *api.Error {
	var v violations
	v.atLeast(in.Segment, "segment", 0)
	v.atLeast(in.TotalSegments, "totalSegments", 1)
	v.atMost(in.TotalSegments, "totalSegments", maxSegments)
	if err := v.err(); err != nil {
		return err
	}
	switch {
	case in.Segment == nil && in.TotalSegments != nil:
		return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case in.Segment != nil && in.TotalSegments == nil:
		return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case in.Segment != nil && *in.Segment >= *in.TotalSegments:
		return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *in.Segment, *in.TotalSegments)
	}
	return nil
}

// segmentRank divides the hash range of partitions into equal segments.
func segmentRank(segment, total int) func(*indexKey) int {
	width := math.MaxUint64/uint64(total) + 1
	return func(k *indexKey) int {
		if total == 1 {
			return 0
		}
		return int(k.hash/width) - segment
	}
}
