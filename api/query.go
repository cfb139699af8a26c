package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// queryBody is the body of POST /api/query.
type queryBody struct {
	Queries json.RawMessage `json:"queries"`
}

// queryError is the answer to one query of a batch that went wrong.
type queryError struct {
	errorBody
	Status int `json:"status"`
}

// query serves POST /api/query. Each query passes by itself the checks that GET /api/stats-api makes; the good ones of a site are answered on
// one state of it.
func (s *Server) query(x *exchange) (action, error) {
	var body queryBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	named, err := report.ParseQueries(body.Queries)
	if err != nil {
		return nil, err
	}
	resolved := make([]*report.Query, len(named))
	failures := make([]error, len(named))
	for i := range named {
		if failures[i] = named[i].Err; failures[i] == nil {
			resolved[i], failures[i] = s.resolveQuery(named[i].Params)
		}
	}
	return func() error {
		for i, q := range resolved {
			if failures[i] == nil {
				failures[i] = s.mayQuery(x, q.Site())
			}
		}
		answers := s.answerBatch(x.c.Request.Context(), resolved, failures)
		out := make(report.Object, len(named))
		for i := range named {
			out[i] = report.Member{Name: named[i].ID, Value: answers[i]}
			if failures[i] != nil {
				out[i].Value = s.queryFailure(x.c, failures[i])
			}
		}
		data(x.c, http.StatusOK, out)
		return nil
	}, nil
}

// mayQuery asks for the caller's right on the site of one query.
func (s *Server) mayQuery(x *exchange, site analytics.SiteID) error {
	if p := s.access.Authorize(x.caller, site, auth.Viewer, auth.Read); p != nil {
		return p
	}
	return nil
}

// answerBatch answers the queries that have not failed yet, site by site, and notes the failures of those whose site cannot be read.
func (s *Server) answerBatch(ctx context.Context, queries []*report.Query, failures []error) []report.Object {
	answers := make([]report.Object, len(queries))
	var sites []analytics.SiteID
	bySite := make(map[analytics.SiteID][]int)
	for i, q := range queries {
		if failures[i] != nil {
			continue
		}
		if bySite[q.Site()] == nil {
			sites = append(sites, q.Site())
		}
		bySite[q.Site()] = append(bySite[q.Site()], i)
	}
	for _, site := range sites {
		var of []*report.Query
		for _, i := range bySite[site] {
			of = append(of, queries[i])
		}
		list, err := runQueries(ctx, s.deps.Reader, site, of...)
		for n, i := range bySite[site] {
			if failures[i] = err; err == nil {
				answers[i] = list[n]
			}
		}
	}
	return answers
}

func (s *Server) queryFailure(c *gin.Context, err error) queryError {
	p := s.problemOf(c, err)
	return queryError{errorBody{p.Message, p.Code, p.Details}, p.Status}
}
