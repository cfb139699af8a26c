package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/ztas-io/ztas/ingest/accesslog"
)

// importer sends events to POST /api/import/events, one request after another, so that a site's history keeps its order. Repeating is
// harmless: the events carry ids.
type importer struct {
	client *client
	site   string
	reject func(line int, reason string) // an event that the server does not take

	stored, duplicates, rejected int
}

// importAnswer is the answer to a track or import request.
type importAnswer struct {
	Count      int         `json:"count"`
	Duplicates int         `json:"duplicates"`
	Rejected   []rejection `json:"rejected"`
}

type rejection struct {
	Index int    `json:"index"`
	Error string `json:"error"`
}

// send stores a batch. Events that the server refuses are told to reject, everything else that goes wrong is an error.
func (i *importer) send(ctx context.Context, batch accesslog.Batch) error {
	var answer importAnswer
	err := i.client.call(ctx, http.MethodPost, "/api/import/events", batch.Body(i.site), &answer)
	var refusal *apiError
	switch {
	case err == nil:
		i.stored += answer.Count - answer.Duplicates
		i.duplicates += answer.Duplicates
		i.refuse(batch, answer.Rejected)
		return nil
	case !errors.As(err, &refusal):
		return err
	case refusal.isTooMuch() && len(batch) > 1:
		half := len(batch) / 2
		if err := i.send(ctx, batch[:half]); err != nil {
			return err
		}
		return i.send(ctx, batch[half:])
	case refusal.Status == http.StatusRequestEntityTooLarge, refusal.isEvent(len(batch)):
		i.refuse(batch, []rejection{{0, refusal.Message}})
		return nil
	}
	var all []rejection
	if refusal.Status == http.StatusBadRequest && json.Unmarshal(refusal.Details, &all) == nil && len(all) == len(batch) {
		i.refuse(batch, all)
		return nil
	}
	return err
}

// isTooMuch tells whether the server takes less at a time: its INGEST_MAX_BODY or INGEST_MAX_BATCH is lower than the default.
func (e *apiError) isTooMuch() bool {
	return e.Status == http.StatusRequestEntityTooLarge ||
		e.Status == http.StatusBadRequest && strings.HasPrefix(e.Message, "Batch cannot exceed ")
}

// isEvent tells whether a 400 speaks of the only event of a request rather than of the request.
func (e *apiError) isEvent(events int) bool {
	if e.Status != http.StatusBadRequest || events != 1 || len(e.Details) > 0 {
		return false
	}
	switch e.Message {
	case "Site ID required", "Batch is empty", "Invalid JSON body", "Unsupported content type":
		return false
	}
	return true
}

func (i *importer) refuse(batch accesslog.Batch, rejected []rejection) {
	for _, r := range rejected {
		if r.Index >= 0 && r.Index < len(batch) {
			i.rejected++
			i.reject(batch[r.Index].Line, r.Error)
		}
	}
}
