// Package accesslog reads web server access logs (Apache and nginx, common and combined, gz and xz too) and turns their pageviews into the
// events of POST /api/import/events. It is pure: bytes in, batches out.
//
// Nothing vanishes: lines = pageviews + skipped by reason + refused, and every refused line is named with its number and the reason.
//
// A request line that is no valid HTTP is judged as the server judged it: the first word after the method is the target, what stands
// between it and the protocol is ignored (logs of 1995 show the answer of that target for such lines), and the protocol may be missing.
package accesslog
