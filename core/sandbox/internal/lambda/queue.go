package lambda

import (
	"slices"
	"time"

	"github.com/cross-account-manager/cam/core/sandbox/internal/api"
)

// event is an asynchronous invocation on its way.
type event struct {
	arn       string
	requestID string
	payload   []byte
	queued    time.Time
	attempts  int
}

// InvokeAsync implements api.Invoker. The function's resource policy is checked
// first, see CheckInvoke.
func (s *Service) InvokeAsync(in api.Invocation) *api.Error {
	if err := s.CheckInvoke(in); err != nil {
		return err
	}
	if err := checkPayload(in.Event, maxAsync); err != nil {
		return err
	}
	s.enqueue(&event{arn: unqualified(in.FunctionARN), requestID: s.newID(), payload: orEmpty(in.Event), queued: s.opt.Clock()})
	return nil
}

// enqueue accepts an event; it is pending until settle.
func (s *Service) enqueue(e *event) {
	s.pending.Add()
	s.requeue(e)
}

func (s *Service) requeue(e *event) {
	s.mu.Lock()
	closed := s.ctx.Err() != nil
	if !closed {
		s.queue = append(s.queue, e)
	}
	s.mu.Unlock()
	if closed {
		s.pending.Done()
		return
	}
	s.start()
}

// start adds workers while there are events that may run and places for them.
func (s *Service) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.workers < s.opt.Workers {
		e, f := s.next()
		if e == nil {
			return
		}
		s.workers++
		go s.work(e, f)
	}
}

// next takes the first event whose function has a free place, and the place. The
// function is nil when it is gone or may never run. s.mu is held.
func (s *Service) next() (*event, *function) {
	for i, e := range s.queue {
		f := s.functions[e.arn]
		never := f == nil || f.reserved != nil && *f.reserved == 0
		if !never && f.full() {
			continue
		}
		s.queue = slices.Delete(s.queue, i, i+1)
		if f == nil {
			return e, nil
		}
		snapshot := *f
		if !never {
			f.running++
		}
		return e, &snapshot
	}
	return nil, nil
}

// work handles one event and then those that became possible meanwhile.
func (s *Service) work(e *event, f *function) {
	for e != nil {
		s.handle(e, f)
		s.mu.Lock()
		if e, f = s.next(); e == nil {
			s.workers--
		}
		s.mu.Unlock()
	}
}

// handle runs an event once and decides what becomes of it.
func (s *Service) handle(e *event, f *function) {
	switch {
	case f == nil: // the function was deleted
		s.pending.Done()
		return
	case f.reserved != nil && *f.reserved == 0: // nothing was taken, see next
		s.settle(e, *f, "ZeroReservedConcurrency", outcome{failed: true})
		return
	case s.opt.Clock().Sub(e.queued) > f.async.age():
		s.giveBack(e.arn)
		s.settle(e, *f, "EventAgeExceeded", outcome{failed: true})
		return
	}
	e.attempts++
	out, err := s.execute(s.ctx, *f, e.requestID, e.payload)
	s.giveBack(e.arn)
	if err != nil {
		out = failure(err.Code, "%s", err.Message)
	}
	switch {
	case s.ctx.Err() != nil:
		s.pending.Done()
	case !out.failed:
		s.settle(e, *f, "Success", out)
	case e.attempts > f.async.retries():
		s.settle(e, *f, "RetriesExhausted", out)
	default:
		s.retry(e)
	}
}

// giveBack returns the place that next took.
func (s *Service) giveBack(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.functions[arn]; f != nil && f.running > 0 {
		f.running--
	}
}

// retry queues the event again after the delay.
func (s *Service) retry(e *event) {
	again := func() { s.requeue(e) }
	delay := s.opt.RetryDelay(e.attempts)
	if delay <= 0 {
		again()
		return
	}
	if !s.retries.After(delay, again) {
		s.pending.Done() // closed
	}
}

// settle ends an event: its dead letter and destinations are sent.
func (s *Service) settle(e *event, f function, condition string, out outcome) {
	s.report(e, f, condition, out)
	s.pending.Done()
}
