package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
)

// IngestAuthorizer decides whether the token of a request may write to the site. On POST /api/import/events it asks for the route's own role.
type IngestAuthorizer interface {
	AuthorizeIngest(c *gin.Context, site *analytics.Site) *Problem
}

// TrackConfig are the limits of the ingest endpoints; the comments name the contract's settings.
type TrackConfig struct {
	MaxBody       int          // INGEST_MAX_BODY, bytes, unpacked
	MaxBatch      int          // INGEST_MAX_BATCH, events
	RateRequests  int          // RATE_LIMIT_TRACK: requests a minute, site and IP; 0: no limit
	RateEvents    int          // RATE_LIMIT_TRACK_SITE: events a minute and site; 0: no limit
	CountryHeader string       // GEO_COUNTRY_HEADER; "": none
	RegionHeader  string       // GEO_REGION_HEADER
	Logger        *slog.Logger // for errors of the server's own; nil: none
	Diagnostics   *Diagnostics // hears what becomes of the hits; nil: nobody does
}

// DefaultTrackConfig returns the contract's defaults.
func DefaultTrackConfig() TrackConfig {
	return TrackConfig{MaxBody: 262_144, MaxBatch: 500, RateRequests: 1000, RateEvents: 120_000}
}

// TrackHandler serves POST /api/track and POST /api/import/events. Safe for concurrent use.
type TrackHandler struct {
	cfg      TrackConfig
	sites    Sites
	ingestor Ingestor
	auth     IngestAuthorizer
	pipeline *ingest.Pipeline
	clientIP func(*http.Request) string
	metrics  *TrackMetrics
	now      func() time.Time
	limits   *trackLimits
	imports  importSlots
	underWay underWay
}

// NewTrackHandler makes the handler.
func NewTrackHandler(cfg TrackConfig, sites Sites, ingestor Ingestor, auth IngestAuthorizer, pipeline *ingest.Pipeline,
	clientIP func(*http.Request) string, m *TrackMetrics, now func() time.Time) *TrackHandler {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &TrackHandler{
		cfg: cfg, sites: sites, ingestor: ingestor, auth: auth, pipeline: pipeline, clientIP: clientIP, metrics: m, now: now,
		limits: newTrackLimits(cfg.RateRequests, cfg.RateEvents), underWay: underWay{most: max(mostUnderWay, 4*int64(cfg.MaxBody))},
	}
}

// mostUnderWay is how many bytes of bodies are on their way at a time: what a core takes in about a seventh of a second.
const mostUnderWay = 4 << 20

// Track serves POST /api/track.
func (h *TrackHandler) Track(c *gin.Context) { h.serve(c, h.admitTrack) }

// StoreImport takes a body of POST /api/import/events that the program made itself, of at most 500 events. Errors: *Problem,
// *analytics.Unavailable.
func (h *TrackHandler) StoreImport(ctx context.Context, site *analytics.Site, body []byte) error {
	batch, p := decodeTrack(body, max(h.cfg.MaxBatch, DefaultTrackConfig().MaxBatch))
	if p != nil {
		return p
	}
	request := &ingest.Request{ReceivedAt: h.now().UnixMilli(), Context: true, Import: true}
	taken, err := h.pass(site, request, batch)
	batch.release()
	if err != nil {
		return err
	}
	defer taken.release()
	if len(taken.rejected) > 0 {
		return fmt.Errorf("event %d is not valid: %s", taken.rejected[0].Index, taken.rejected[0].Error)
	}
	if err := h.submit(ctx, site.ID, taken); err != nil {
		return err
	}
	h.count(taken)
	return nil
}

// admission is the part of the checks in which the two endpoints differ: who may send, and how much. It fills in what the sender may do; done,
// if not nil, is called when the request ends.
type admission func(c *gin.Context, site *analytics.Site, events int, r *ingest.Request) (done func(), p *Problem)

// serve checks in the order of track.md: content type, size, JSON, empty batch, site id, site, key or Origin, limits, batch size, then event by
// event. Before it looks into a body it makes sure that the server can take another.
func (h *TrackHandler) serve(c *gin.Context, admit admission) {
	defer func() { h.metrics.answered(c.Writer.Status()) }()
	body, p := h.read(c.Request)
	if p != nil {
		refuse(c, p)
		return
	}
	if !h.underWay.take(len(body)) {
		fail(c, unavailable(time.Second))
		return
	}
	defer h.underWay.give(len(body))
	batch, p := decodeTrack(body, h.cfg.MaxBatch)
	if p != nil {
		fail(c, p)
		return
	}
	site, p := h.siteOf(batch)
	if p != nil {
		fail(c, p)
		return
	}
	request := h.requestOf(c.Request)
	done, p := admit(c, site, batch.count, request)
	if p != nil {
		fail(c, p)
		return
	}
	if done != nil {
		defer done()
	}
	heard := h.cfg.Diagnostics
	if request.Import {
		heard = nil
	}
	if batch.count > h.cfg.MaxBatch {
		p := h.tooManyEvents()
		heard.rejected(site.ID, request.ReceivedAt, p.Message, batch.count)
		fail(c, p)
		return
	}
	taken, err := h.pass(site, request, batch)
	single := batch.single
	batch.release()
	if err == nil {
		defer taken.release()
	}
	if err == nil && len(taken.records) > 0 {
		// What was taken is stored and counts, whether or not its sender stays for the answer.
		err = h.submit(context.WithoutCancel(c.Request.Context()), site.ID, taken)
	}
	if err != nil {
		fail(c, h.failure(site.ID, err))
		return
	}
	h.count(taken)
	heard.took(site.ID, request.ReceivedAt, taken)
	h.answer(c, single, taken)
}

func (h *TrackHandler) read(r *http.Request) ([]byte, *Problem) {
	if p := checkContentType(r); p != nil {
		return nil, p
	}
	return readTrackBody(r, h.cfg.MaxBody)
}

var (
	errEmptyBatch  = invalid("Batch is empty")
	errNoSiteID    = invalid("Site ID required")
	errUnknownSite = problem(http.StatusNotFound, codeNotFound, "Invalid site ID")
	errOrigin      = problem(http.StatusForbidden, codeForbidden, "Origin not allowed")
)

func (h *TrackHandler) siteOf(b *trackBatch) (*analytics.Site, *Problem) {
	switch {
	case b.count == 0:
		return nil, errEmptyBatch
	case b.badSite != nil:
		return nil, b.badSite
	case b.siteID == "":
		return nil, errNoSiteID
	}
	site, ok := h.sites.Site(analytics.SiteID(b.siteID))
	if !ok {
		return nil, errUnknownSite
	}
	return site, nil
}

// firstOf is Header.Get for a name that is in canonical form.
func firstOf(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// requestOf takes from the request what hits are derived from.
func (h *TrackHandler) requestOf(r *http.Request) *ingest.Request {
	first := func(name string) string { return firstOf(r.Header, name) }
	request := &ingest.Request{
		ReceivedAt: h.now().UnixMilli(), IP: h.clientIP(r), UserAgent: first("User-Agent"),
		Brands: first("Sec-Ch-Ua"), Mobile: first("Sec-Ch-Ua-Mobile"), Platform: first("Sec-Ch-Ua-Platform"),
		GPC: first("Sec-Gpc"), DNT: first("Dnt"), SecPurpose: first("Sec-Purpose"), Purpose: first("Purpose"),
	}
	if h.cfg.CountryHeader != "" {
		request.Country = r.Header.Get(h.cfg.CountryHeader)
	}
	if h.cfg.RegionHeader != "" {
		request.Region = r.Header.Get(h.cfg.RegionHeader)
	}
	return request
}

// admitTrack asks for a good key where one is sent, else for a good Origin, and applies the rate limits.
func (h *TrackHandler) admitTrack(c *gin.Context, site *analytics.Site, events int, r *ingest.Request) (func(), *Problem) {
	if len(c.Request.Header["Authorization"]) > 0 {
		if p := h.auth.AuthorizeIngest(c, site); p != nil {
			return nil, p
		}
		r.Context = true
	} else if p := h.checkOrigin(c, site); p != nil {
		return nil, p
	}
	return nil, h.checkRate(c, site, events, r)
}

// checkRate takes a request into the limits.
func (h *TrackHandler) checkRate(c *gin.Context, site *analytics.Site, events int, r *ingest.Request) *Problem {
	p := h.limits.take(site.ID, r.IP, events, r.ReceivedAt, c.Writer.Header())
	if p != nil {
		h.cfg.Diagnostics.rateLimited(site.ID, r.ReceivedAt)
	}
	return p
}

// checkOrigin refuses the pages of other sites.
func (h *TrackHandler) checkOrigin(c *gin.Context, site *analytics.Site) *Problem {
	origin := firstOf(c.Request.Header, "Origin")
	if origin == "" {
		return nil
	}
	ok, err := h.pipeline.AllowsOrigin(site, origin)
	switch {
	case err != nil:
		return h.failure(site.ID, err)
	case !ok:
		h.cfg.Diagnostics.refused(site.ID, h.now().UnixMilli(), origin)
		return errOrigin
	}
	return nil
}

func (h *TrackHandler) tooManyEvents() *Problem {
	return invalid("Batch cannot exceed " + strconv.Itoa(h.cfg.MaxBatch) + " events")
}

func (h *TrackHandler) submit(ctx context.Context, site analytics.SiteID, t *intake) error {
	receipt, err := h.ingestor.Submit(ctx, site, t.records)
	if err != nil {
		return err
	}
	t.duplicates += receipt.Duplicates
	return nil
}

// failure turns an error of the server's own into its answer.
func (h *TrackHandler) failure(site analytics.SiteID, err error) *Problem {
	var busy *analytics.Unavailable
	if errors.As(err, &busy) {
		return unavailable(busy.RetryAfter)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(time.Second)
	}
	h.cfg.Logger.Error("events could not be taken", "site", site, "error", err)
	return errInternal
}

func (h *TrackHandler) count(t *intake) {
	m := h.metrics
	m.received.Add(float64(t.valid() + len(t.rejected)))
	m.stored.Add(float64(t.events - (t.duplicates - t.repeated)))
	if t.duplicates > 0 {
		m.duplicates.Add(float64(t.duplicates))
	}
	if len(t.rejected) > 0 {
		m.rejected.Add(float64(len(t.rejected)))
	}
	for reason, n := range t.dropped {
		m.dropped[reason].Add(float64(n))
	}
}
