package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ztas-io/ztas/bench/load"
)

const (
	singleConns = 256
	batchConns  = 32
	batchSize   = 100
	paths       = 1000
	visitors    = 10_000
)

// sample is one measurement of one server.
type sample struct {
	load.Result
	server, generator time.Duration // CPU used
}

func (s sample) cpuPerRequest() time.Duration { return s.server / time.Duration(max(s.Requests, 1)) }
func (s sample) requestRate() float64         { return float64(s.Requests) / s.Elapsed.Seconds() }
func (s sample) eventRate() float64           { return float64(s.Events) / s.Elapsed.Seconds() }
func (s sample) eventsPerCPU() float64        { return float64(s.Events) / s.server.Seconds() }
func (s sample) generatorBusy() float64       { return s.generator.Seconds() / s.Elapsed.Seconds() }
func (s sample) serverBusy() float64          { return s.server.Seconds() / s.Elapsed.Seconds() }

// ingestResult holds the rounds of P1, P2 and P3.
type ingestResult struct {
	empty, single, batch []sample
	pinned               bool // each server on a core of its own, the generator on the others
}

// measureIngest compares single requests with the empty handler, A B A B, then sends batches.
func measureIngest(ctx context.Context, o options, work, emptyProgram string) (result ingestResult, err error) {
	cores, err := allowed()
	if err != nil {
		return result, err
	}
	core := anyCore
	if result.pinned = len(cores) > 1; result.pinned {
		core = cores[0]
		if err := keepTo(cores[1:]); err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, keepTo(cores)) }()
	}
	empty, err := start(ctx, "empty handler", core, nil, emptyProgram)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, empty.stop()) }()
	server, err := startProduct(ctx, o, work, "ingest", core)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	rivals, err := meet(empty, server, &result)
	if err != nil {
		return result, err
	}
	defer func() {
		for _, r := range rivals {
			err = errors.Join(err, r.fleet.Close())
		}
	}()
	if err := compete(ctx, o, rivals); err != nil {
		return result, err
	}
	acknowledged := int64(0)
	for _, r := range rivals[1:] {
		acknowledged += r.acknowledged
	}
	return result, server.checkCount(ctx, acknowledged)
}

// rival is a server under one kind of traffic.
type rival struct {
	what         string
	process      *process
	fleet        *load.Fleet
	samples      *[]sample // one a round
	acknowledged int64     // events, those of the warm-up too
}

// meet connects the clients: of the empty handler, of the server for single requests, and for batches.
func meet(empty *process, server *product, result *ingestResult) (rivals []*rival, err error) {
	ids := load.NewIDs()
	traffic := load.Traffic{Site: server.site, Batch: 1, Paths: paths, Visitors: visitors, Variants: 16 * singleConns}
	singles := traffic.Templates(1)
	traffic.Batch, traffic.Variants = batchSize, 16*batchConns
	for _, plan := range []struct {
		rival
		conns     int
		templates []load.Template
		want      string
	}{
		{rival{what: "empty handler", process: empty, samples: &result.empty}, singleConns, singles, answerOf(1)},
		{rival{what: "single, durable", process: server.process, samples: &result.single}, singleConns, singles, answerOf(1)},
		{rival{what: "batches of 100, durable", process: server.process, samples: &result.batch}, batchConns, traffic.Templates(2), answerOf(batchSize)},
	} {
		r := plan.rival
		if r.fleet, err = load.NewFleet(r.process.addr, plan.conns, plan.templates, ids, plan.want); err != nil {
			for _, met := range rivals {
				err = errors.Join(err, met.fleet.Close())
			}
			return nil, err
		}
		rivals = append(rivals, &r)
	}
	return rivals, nil
}

// compete measures the first two in turns, then the third.
func compete(ctx context.Context, o options, rivals []*rival) error {
	say("warming up")
	for _, r := range rivals {
		if _, err := r.measure(ctx, o.phase/4); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	for _, turns := range [][]*rival{rivals[:2], rivals[2:]} {
		for range o.rounds {
			for _, r := range turns {
				if err := r.round(ctx, o.phase); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *rival) measure(ctx context.Context, d time.Duration) (s sample, err error) {
	s.server, s.generator, err = cpuOf(r.process, func() (err error) {
		s.Result, err = r.fleet.Run(ctx, d)
		return err
	})
	r.acknowledged += s.Events
	return s, err
}

func (r *rival) round(ctx context.Context, d time.Duration) error {
	s, err := r.measure(ctx, d)
	if err != nil {
		return fmt.Errorf("%s: %w", r.what, err)
	}
	*r.samples = append(*r.samples, s)
	say("%-22s %8.0f requests/s %9.0f events/s  %6.2f µs CPU/request  server %3.0f %%, generator %3.0f %% of a core", r.what,
		s.requestRate(), s.eventRate(), float64(s.cpuPerRequest())/1e3, 100*s.serverBusy(), 100*s.generatorBusy())
	return nil
}
