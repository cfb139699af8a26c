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

	ids := load.NewIDs()
	traffic := load.Traffic{Site: server.site, Batch: 1, Paths: paths, Visitors: visitors, Variants: 16 * singleConns}
	singles := traffic.Templates(1)
	traffic.Batch, traffic.Variants = batchSize, 16*batchConns
	fleets := make([]*load.Fleet, 3)
	for i, plan := range []struct {
		addr      string
		conns     int
		templates []load.Template
		want      string
	}{
		{empty.addr, singleConns, singles, answerOf(1)},
		{server.addr, singleConns, singles, answerOf(1)},
		{server.addr, batchConns, traffic.Templates(2), answerOf(batchSize)},
	} {
		if fleets[i], err = load.NewFleet(plan.addr, plan.conns, plan.templates, ids, plan.want); err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, fleets[i].Close()) }()
	}
	var acknowledged int64
	measure := func(p *process, fleet *load.Fleet, d time.Duration) (s sample, err error) {
		s.server, s.generator, err = cpuOf(p, func() (err error) {
			s.Result, err = fleet.Run(ctx, d)
			return err
		})
		if p == server.process {
			acknowledged += s.Events
		}
		return s, err
	}
	rounds := func(what string, p *process, fleet *load.Fleet, into *[]sample) error {
		s, err := measure(p, fleet, o.phase)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		*into = append(*into, s)
		say("%-22s %8.0f requests/s %9.0f events/s  %6.2f µs CPU/request  server %3.0f %%, generator %3.0f %% of a core", what,
			s.requestRate(), s.eventRate(), float64(s.cpuPerRequest())/1e3, 100*s.serverBusy(), 100*s.generatorBusy())
		return nil
	}
	say("warming up")
	for i, p := range []*process{empty, server.process, server.process} {
		if _, err := measure(p, fleets[i], o.phase/4); err != nil {
			return result, fmt.Errorf("warm up: %w", err)
		}
	}
	for range o.rounds {
		if err := rounds("empty handler", empty, fleets[0], &result.empty); err != nil {
			return result, err
		}
		if err := rounds("single, durable", server.process, fleets[1], &result.single); err != nil {
			return result, err
		}
	}
	for range o.rounds {
		if err := rounds("batches of 100, durable", server.process, fleets[2], &result.batch); err != nil {
			return result, err
		}
	}
	return result, server.checkCount(ctx, acknowledged)
}
