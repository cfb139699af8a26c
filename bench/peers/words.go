package main

const aboutReport = `# Comparison with GoatCounter and DuckDB

Written by ` + "`make peers`" + `; do not edit. The same work, in the same run, on the same machine, in turns. GoatCounter is a server for
the same purpose; DuckDB is an analytical database that counts the same rows with the SQL that defines our numbers.`

const aboutGoatCounter = "SQLite, built with the same Go; as it comes, but for: no rate limits, and individual pageviews are kept, as ztas " +
	"keeps them (its setting; off, it stores counters only)"

// aboutIngest takes the length of a round, pages and visitors.
const aboutIngest = `A closed loop: each connection sends its next pageview when the last is answered, %s a round, in turns. %s paths by Zipf's law,
%s visitors, 8 browsers. The CPU is that of the whole server from the first request until everything is stored and the server rests, so
work that is put off counts. No pageview was stored twice. ` + "`GET /count`" + ` is the pixel of GoatCounter's script, which
ends the connection after each; ztas takes the same request and was sent it in the same manner.`

// aboutLosses takes connections, pageviews a second, seconds.
const aboutLosses = `%d connections send up to %s pageviews a second for %d s; when the last answer is there, the server is killed, started again and
asked. What GoatCounter loses is what it had not yet written, so another moment loses more or less: up to 10 s of pageviews.`

// aboutQuestions takes how often and how long a question is asked, and the four numbers.
const aboutQuestions = `Each is asked up to %d times or for %s, one after another; all products gave the same numbers: %s pageviews, %s visitors,
of one page %s and %s (GoatCounter counts the visitors of a page, not the other three). Times over HTTP hold the request; DuckDB is
asked within its process, of the columns as they are exported, ids as text; its tables have the visits worked out in advance, with the
Parquet file they are part of a question. The first is a question's first time after a start; the p99 of fewer than 100 answers is the
longest.

ztas keeps counters for the first two questions, and the sums of closed days that a question was asked about: asked again, it is quick; a new
one reads the events. GoatCounter keeps counters by page and hour. DuckDB keeps no answers.`
