package broker

import (
	"context"
	"sync/atomic"

	"github.com/cross-account-manager/cam/core"
)

// cached returns credentials that live long enough from the cache, or takes new ones
// and keeps them. Callers of one process share one refresh, and with a Locker so do
// processes. fresh leaves all of this out.
func (b *Broker) cached(ctx context.Context, k Key, fresh bool, take func(context.Context) (core.Credentials, error)) (core.Credentials, error) {
	if fresh {
		return take(ctx)
	}
	for {
		if c, ok := b.lookup(ctx, k); ok {
			return c, nil
		}
		r := b.share(ctx, k, take)
		if r.gaveUp && ctx.Err() == nil {
			continue // whoever refreshed has left; this caller still waits
		}
		return r.creds, r.err
	}
}

// lookup finds cached credentials with more than the margin left.
func (b *Broker) lookup(ctx context.Context, k Key) (core.Credentials, bool) {
	c, ok := b.opt.Cache.Get(ctx, k)
	if !ok || c.Expires.Sub(b.opt.Clock()) <= b.opt.Margin {
		return core.Credentials{}, false
	}
	return c, true
}

type refreshed struct {
	creds  core.Credentials
	err    error
	gaveUp bool // the caller that refreshed was cancelled
}

// share joins the refresh under way for the key, or leads one. A caller that is
// cancelled leaves at once; if it leads, only after its refresh has cleaned up.
func (b *Broker) share(ctx context.Context, k Key, take func(context.Context) (core.Credentials, error)) refreshed {
	var leads atomic.Bool
	done := b.flight.DoChan(k.String(), func() (any, error) {
		leads.Store(true)
		c, err := b.refresh(ctx, k, take)
		return refreshed{creds: c, err: err, gaveUp: err != nil && ctx.Err() != nil}, nil
	})
	select {
	case r := <-done:
		return r.Val.(refreshed)
	case <-ctx.Done():
		if leads.Load() {
			<-done
		}
		return refreshed{err: ctx.Err(), gaveUp: true}
	}
}

func (b *Broker) refresh(ctx context.Context, k Key, take func(context.Context) (core.Credentials, error)) (core.Credentials, error) {
	if b.opt.Lock != nil {
		unlock, err := b.opt.Lock.Lock(ctx, k.String())
		if err != nil {
			return core.Credentials{}, err
		}
		defer unlock()
		// Another process may have refreshed while this one waited.
		if c, ok := b.lookup(ctx, k); ok {
			return c, nil
		}
	}
	c, err := take(ctx)
	if err != nil {
		return core.Credentials{}, err
	}
	b.opt.Cache.Put(ctx, k, c)
	return c, nil
}
