package api

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// parquetGroup is how many rows are collected before they are written: they are the memory of an export.
const parquetGroup = 8 << 10

// parquetZstd needs less memory for each column than the default level, and makes files a fifth larger.
var parquetZstd = zstd.Codec{Level: zstd.SpeedFastest}

// viewColumns are the columns of a pageview: the fields of viewRow, the time as a time.
type viewColumns struct {
	Timestamp   int64  `parquet:"timestamp,timestamp(millisecond)"` // UTC ms
	Path        string `parquet:"page_path,dict"`
	Referrer    string `parquet:"referrer,dict"`
	UTMSource   string `parquet:"utm_source,dict"`
	UTMMedium   string `parquet:"utm_medium,dict"`
	UTMCampaign string `parquet:"utm_campaign,dict"`
	Device      string `parquet:"device,dict"`
	Browser     string `parquet:"browser,dict"`
	OS          string `parquet:"os,dict"`
	Country     string `parquet:"country,dict"`
	Region      string `parquet:"region,dict"`
	TimeOnPage  int64  `parquet:"time_on_page"` // s
	IsBounce    bool   `parquet:"is_bounce"`
}

func viewColumnsOf(row exportRow) viewColumns {
	r := row.(*viewRow)
	return viewColumns{
		r.ts, r.Path, r.Referrer, r.UTMSource, r.UTMMedium, r.UTMCampaign, r.Device, r.Browser, r.OS, r.Country, r.Region, r.TimeOnPage, r.IsBounce,
	}
}

// customColumns are the columns of a custom event.
type customColumns struct {
	Timestamp int64  `parquet:"timestamp,timestamp(millisecond)"` // UTC ms
	Type      string `parquet:"event_type,dict"`
	Name      string `parquet:"event_name,dict"`
	Data      string `parquet:"event_data"` // JSON
	Path      string `parquet:"page_path,dict"`
	Device    string `parquet:"device,dict"`
	Country   string `parquet:"country,dict"`
}

func customColumnsOf(row exportRow) customColumns {
	r := row.(*customRow)
	return customColumns{r.ts, r.Type, r.Name, string(r.Data), r.Path, r.Device, r.Country}
}

// parquetSink writes row groups of a bounded number of rows.
type parquetSink[T any] struct {
	w       *parquet.GenericWriter[T]
	columns func(exportRow) T
	batch   []T
	pending int // rows of the group under way
}

func newParquetSink[T any](out io.Writer, columns func(exportRow) T) *parquetSink[T] {
	w := parquet.NewGenericWriter[T](out, parquet.Compression(&parquetZstd), parquet.CreatedBy("ztas", "1", ""))
	return &parquetSink[T]{w: w, columns: columns, batch: make([]T, 0, 256)}
}

func (s *parquetSink[T]) write(row exportRow) error {
	if s.batch = append(s.batch, s.columns(row)); len(s.batch) < cap(s.batch) {
		return nil
	}
	if err := s.flush(); err != nil || s.pending < parquetGroup {
		return err
	}
	s.pending = 0
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("write a row group: %w", err)
	}
	return nil
}

func (s *parquetSink[T]) flush() error {
	n, err := s.w.Write(s.batch)
	if err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	s.pending += n
	s.batch = s.batch[:0]
	return nil
}

func (s *parquetSink[T]) close(int, int) error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.w.Close(); err != nil {
		return fmt.Errorf("write the end of a file: %w", err)
	}
	return nil
}
