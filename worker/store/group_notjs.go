//go:build !js

package store

import (
	"context"
	"fmt"
	"sync"
)

// maxBatch bounds one commit, and with it how long the first of its requests
// waits for the others.
const maxBatch = 256

// group hands jobs that wait over together, in one goroutine. While a commit
// waits for the disk further jobs queue up, and the next commit takes all of
// them: group commit without an artificial delay.
type group[J any] struct {
	// commit does the jobs of a batch and fills in their results. A fault is the
	// answer to all of them: nothing may be said to be done.
	commit func(batch []*waiting[J]) error

	queue chan *waiting[J]
	done  chan struct{} // closed when the goroutine has ended

	mu     sync.RWMutex // held for reading while a job is put into the queue
	closed bool
}

// waiting is a job that somebody waits for.
type waiting[J any] struct {
	job    J
	result error
	answer chan error // takes one value without blocking
}

func newGroup[J any](commit func([]*waiting[J]) error) *group[J] {
	g := &group[J]{commit: commit, queue: make(chan *waiting[J], maxBatch), done: make(chan struct{})}
	go g.work()
	return g
}

// do has a job done and waits until it is on disk, or until ctx ends.
func (g *group[J]) do(ctx context.Context, job J) error {
	w := &waiting[J]{job: job, answer: make(chan error, 1)}
	if err := g.enqueue(ctx, w); err != nil {
		return err
	}
	select {
	case err := <-w.answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

func (g *group[J]) enqueue(ctx context.Context, w *waiting[J]) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return fmt.Errorf("%w: closed", ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	select {
	case g.queue <- w:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

// close takes no more jobs and waits for those under way. It returns false when
// it was called before.
func (g *group[J]) close() bool {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return false
	}
	g.closed = true
	close(g.queue)
	g.mu.Unlock()
	<-g.done
	return true
}

func (g *group[J]) work() {
	defer close(g.done)
	batch := make([]*waiting[J], 0, maxBatch)
	for first := range g.queue {
		batch = append(batch[:0], first)
	gather:
		for len(batch) < maxBatch {
			select {
			case w, ok := <-g.queue:
				if !ok {
					break gather
				}
				batch = append(batch, w)
			default:
				break gather
			}
		}
		fault := g.commit(batch)
		for _, w := range batch {
			if fault != nil {
				w.answer <- fmt.Errorf("%w: %w", ErrUnavailable, fault)
			} else {
				w.answer <- w.result
			}
		}
	}
}
