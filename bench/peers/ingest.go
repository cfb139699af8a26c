package main

import (
	"context"
	"fmt"
	"time"
)

// sample is one round of one way at one number of connections.
type sample struct {
	result
	connections int
	server      time.Duration // CPU until the server was at rest again
	generator   time.Duration // CPU of this process while it sent
	missing     int64         // answered, never stored
}

// micros is the CPU of one hit with everything that the server puts off until later.
func (s sample) micros() float64 {
	return float64(s.server.Microseconds()) / float64(max(s.answered, 1))
}

// ingested is what one way took.
type ingested struct {
	way     way
	samples []sample
}

// held is the memory of one product: at the start, after the load, and at most.
type held struct {
	name              string
	idle, after, peak int64 // bytes
	hits              int64 // pageviews taken meanwhile
}

// measureIngest sends over all ways in turns, A B C D A B C D. A product's ways share one server.
func measureIngest(ctx context.Context, o options, products []product, ways []way) (all []ingested, memory []held, err error) {
	stored := make([]int64, len(products))
	for _, p := range products {
		if err := p.start(ctx); err != nil {
			return nil, nil, err
		}
		defer func() { err = joinStop(err, p.server()) }()
		m := held{name: p.server().name}
		if err := rest(ctx, p.server()); err != nil {
			return nil, nil, err
		}
		if m.idle, _, err = p.server().memory(); err != nil {
			return nil, nil, err
		}
		memory = append(memory, m)
	}
	for _, w := range ways {
		all = append(all, ingested{way: w})
	}
	for _, connections := range o.connections {
		for range o.rounds {
			for i, w := range ways {
				at := indexOf(products, w.product)
				s, err := measure(ctx, w, connections, o.phase, &stored[at])
				if err != nil {
					return all, memory, err
				}
				all[i].samples = append(all[i].samples, s)
				say("%-34s %4d connections %7.0f/s  %6.1f µs CPU  p50 %s  p99 %s", w.name, connections, s.rate(), s.micros(),
					shortWait(quantile(s.waits, 0.5)), shortWait(quantile(s.waits, 0.99)))
			}
		}
	}
	for i, p := range products {
		m := &memory[i]
		if m.after, m.peak, err = p.server().memory(); err != nil {
			return all, memory, err
		}
		m.hits = stored[i]
	}
	return all, memory, nil
}

// measure sends for a time and waits until everything is stored, once each.
func measure(ctx context.Context, w way, connections int, d time.Duration, stored *int64) (s sample, err error) {
	s.connections = connections
	p := w.product
	before, err := p.server().cpu()
	if err != nil {
		return s, err
	}
	own, err := ownCPU()
	if err != nil {
		return s, err
	}
	if s.result, err = w.send(ctx, connections, d, 0); err != nil {
		return s, err
	}
	ownAfter, err := ownCPU()
	if err != nil {
		return s, err
	}
	s.generator = ownAfter - own
	want := *stored + s.answered
	if *stored, err = settle(ctx, p, want); err != nil {
		return s, err
	}
	if *stored > want+s.refused {
		return s, fmt.Errorf("%s: %d pageviews too many are stored", w.name, *stored-want)
	}
	s.missing = max(want-*stored, 0)
	after, err := p.server().cpu()
	s.server = after - before
	return s, err
}

func indexOf(products []product, p product) int {
	for i := range products {
		if products[i] == p {
			return i
		}
	}
	panic(fmt.Sprintf("a way of an unknown product %T", p))
}
