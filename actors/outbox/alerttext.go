package outbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Words are what the texts about an alert need beside it.
type Words struct {
	Domain string         // the site's
	Metric string         // what the alert watches, as people call it (report.MetricName)
	Zone   *time.Location // the site's; nil: UTC
}

func (w *Words) subject(a *analytics.Alert) string { return a.Name + " (" + w.Domain + ")" }

// condition is the alert's, about a goal or a funnel by its name.
func (w *Words) condition(a *analytics.Alert) string {
	return strings.Replace(a.Condition(), a.Metric, w.Metric, 1)
}

// fired says in plain text what fired and why.
func (w *Words) fired(a *analytics.Alert, f *analytics.Firing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Alert %s on %s\n%s\n%s is %s", a.Name, w.Domain, w.condition(a), w.Metric, decimal(f.Value))
	if f.Baseline != nil {
		fmt.Fprintf(&b, ", compared with %s", decimal(*twoDecimals(f.Baseline)))
	}
	if f.Change != nil {
		fmt.Fprintf(&b, " (%s%%)", decimal(*f.Change))
	}
	if f.Score != nil {
		fmt.Fprintf(&b, " (score %s)", decimal(*f.Score))
	}
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	fmt.Fprintf(&b, "\n%s\n", time.UnixMilli(f.At).In(zone).Format("2006-01-02 15:04:05 MST"))
	return b.String()
}

// test is the text of a message that tries the channels out.
func (w *Words) test(a *analytics.Alert) string {
	return "This is a test.\nAlert " + a.Name + " on " + w.Domain + "\n" + w.condition(a) + "\n"
}
