package api

import (
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Words and bounds of alerts (alerts.md).
var (
	alertTypes       = []string{string(analytics.ThresholdAlert), string(analytics.ComparisonAlert), string(analytics.AnomalyAlert)}
	alertMetrics     = []string{"pageviews", "uniqueVisitors", "sessions", "bounceRate", "avgSessionDuration", "conversionRate"}
	alertOperators   = []string{">", "<", ">=", "<="}
	alertPeriods     = []string{"1h", "24h", "7d"}
	alertComparisons = []string{"previous_period", "previous_week", "previous_month"}
	alertLevels      = []string{"low", "medium", "high"}
	alertChannels    = []string{"email", "slack", "webhook"}
)

const (
	slackChannel   = "slack"
	defaultPeriod  = "1h"     // of an anomaly
	defaultLevel   = "medium" // of an anomaly
	maxThreshold   = 1e9
	badType        = "Invalid alert type. Must be: threshold, comparison, or anomaly"
	badMetric      = "Invalid metric: "
	badThreshold   = "Threshold must be between -1000000000 and 1000000000"
	badOperator    = "Invalid operator"
	badPeriod      = "Invalid period. Must be: 1h, 24h, or 7d"
	badCompareWith = "Invalid compareWith. Must be: previous_period, previous_week, or previous_month"
	badSensitivity = "Invalid sensitivity. Must be: low, medium, or high"
)

// alertBody is the body of a request that makes, changes or tries an alert.
type alertBody struct {
	ID            optional[string]   `json:"id"`
	SiteID        optional[string]   `json:"siteId"`
	Name          optional[string]   `json:"name"`
	Type          optional[string]   `json:"type"`
	Metric        optional[string]   `json:"metric"`
	Operator      optional[string]   `json:"operator"`
	Threshold     optional[float64]  `json:"threshold"`
	Period        optional[string]   `json:"period"`
	CompareWith   optional[string]   `json:"compareWith"`
	Sensitivity   optional[string]   `json:"sensitivity"`
	Notifications optional[[]string] `json:"notifications"`
	Enabled       optional[bool]     `json:"enabled"`
}

// draftAlert is an alert that may not be whole yet.
type draftAlert struct {
	analytics.Alert
	threshold *float64 // nil: none
}

// draft starts a change of an alert.
func draft(a analytics.Alert) draftAlert {
	d := draftAlert{Alert: a}
	if a.Type == analytics.ThresholdAlert || a.Type == analytics.ComparisonAlert {
		d.threshold = &a.Threshold
	}
	return d
}

// checkSent looks at every member that was sent, in the order of the contract's errors; what depends on the other members is left to
// finish. All of these errors are known without looking for the alert.
func (b *alertBody) checkSent() error {
	name := textOf(&b.Name)
	switch {
	case b.Name.sent && name == "":
		return invalid("Alert name is required")
	case tooLong(name, maxName):
		return invalid("Alert name must not exceed 100 characters")
	case b.Type.sent && !slices.Contains(alertTypes, textOf(&b.Type)):
		return invalid(badType)
	case b.Metric.sent && !isAlertMetric(textOf(&b.Metric)):
		return invalid(badMetric + textOf(&b.Metric))
	case b.Threshold.value != nil && (*b.Threshold.value > maxThreshold || *b.Threshold.value < -maxThreshold):
		return invalid(badThreshold)
	}
	for _, word := range []struct {
		member *optional[string]
		words  []string
		bad    string
	}{
		{&b.Operator, alertOperators, badOperator}, {&b.Period, alertPeriods, badPeriod},
		{&b.CompareWith, alertComparisons, badCompareWith}, {&b.Sensitivity, alertLevels, badSensitivity},
	} {
		if word.member.value != nil && !slices.Contains(word.words, textOf(word.member)) {
			return invalid(word.bad)
		}
	}
	if b.Notifications.sent {
		_, err := b.channels()
		return err
	}
	return nil
}

// channels reads the notifications, each once.
func (b *alertBody) channels() ([]string, error) {
	var channels []string
	for _, sent := range b.Notifications.or(nil) {
		channel := cleanText(sent)
		if !slices.Contains(alertChannels, channel) {
			return nil, invalid("Invalid notification channel: " + channel)
		}
		if !slices.Contains(channels, channel) {
			channels = append(channels, channel)
		}
	}
	if len(channels) == 0 {
		return nil, invalid("At least one notification channel is required")
	}
	return channels, nil
}

// apply puts what was sent over the draft; null takes a member away. What was sent must have passed checkSent.
func (b *alertBody) apply(d *draftAlert) {
	for _, text := range []struct {
		member *optional[string]
		into   *string
	}{
		{&b.Name, &d.Name}, {&b.Type, (*string)(&d.Type)}, {&b.Metric, &d.Metric}, {&b.Operator, &d.Operator}, {&b.Period, &d.Period},
		{&b.CompareWith, &d.CompareWith}, {&b.Sensitivity, &d.Sensitivity},
	} {
		if text.member.sent {
			*text.into = textOf(text.member)
		}
	}
	if b.Threshold.sent {
		d.threshold = b.Threshold.value
	}
	if b.Notifications.sent {
		d.Notifications, _ = b.channels()
	}
	if b.Enabled.sent {
		d.Enabled = b.Enabled.or(true)
	}
}

// finish fills in the defaults, takes away what the type does not have, and tells what is missing. A draft without name or notifications
// passes with bare.
func (d *draftAlert) finish(bare bool) (*analytics.Alert, error) {
	a := d.Alert
	switch {
	case a.Name == "" && !bare:
		return nil, invalid("Alert name is required")
	case a.Type == "":
		return nil, invalid(badType)
	case a.Metric == "":
		return nil, invalid(badMetric)
	}
	if err := d.finishRule(&a); err != nil {
		return nil, err
	}
	if len(a.Notifications) == 0 && !bare {
		return nil, invalid("At least one notification channel is required")
	}
	return &a, nil
}

func (d *draftAlert) finishRule(a *analytics.Alert) error {
	if a.Type == analytics.AnomalyAlert {
		return finishAnomaly(a)
	}
	a.Sensitivity = ""
	operators := alertOperators
	if a.Type == analytics.ComparisonAlert {
		operators = alertOperators[:2]
	} else {
		a.CompareWith = ""
	}
	switch {
	case d.threshold == nil:
		return invalid("Threshold is required for " + string(a.Type) + " alerts")
	case !slices.Contains(operators, a.Operator):
		return invalid(badOperator)
	case a.Period == "":
		return invalid(badPeriod)
	case a.Type == analytics.ComparisonAlert && a.CompareWith == "":
		return invalid(badCompareWith)
	}
	a.Threshold = *d.threshold + 0 // no negative zero
	return nil
}

func finishAnomaly(a *analytics.Alert) error {
	a.Operator, a.Threshold, a.CompareWith = "", 0, ""
	if a.Period == "" {
		a.Period = defaultPeriod
	}
	if a.Sensitivity == "" {
		a.Sensitivity = defaultLevel
	}
	if a.Period == "7d" {
		return invalid(badPeriod)
	}
	return nil
}

// judgedAlike tells whether two versions of an alert are judged by the same rule.
func judgedAlike(a, b *analytics.Alert) bool {
	return a.Type == b.Type && a.Metric == b.Metric && a.Operator == b.Operator && a.Threshold == b.Threshold && a.Period == b.Period &&
		a.CompareWith == b.CompareWith && a.Sensitivity == b.Sensitivity
}

// isAlertMetric tells whether a metric is one of the contract's, as far as its text says.
func isAlertMetric(metric string) bool {
	if slices.Contains(alertMetrics, metric) {
		return true
	}
	goal, funnel := metricSubject(metric)
	return goal != "" || funnel != ""
}

// metricSubject finds the goal or the funnel that a metric is about: goal.{id}.completions, goal.{id}.conversionRate,
// funnel.{id}.conversionRate. Both are empty for every other text.
func metricSubject(metric string) (goal, funnel string) {
	part := strings.Split(metric, ".")
	switch {
	case len(part) != 3:
		return "", ""
	case part[0] == "goal" && (part[2] == "completions" || part[2] == "conversionRate"):
		return part[1], ""
	case part[0] == "funnel" && part[2] == "conversionRate":
		return "", part[1]
	}
	return "", ""
}
