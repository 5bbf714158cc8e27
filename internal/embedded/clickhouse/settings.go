package clickhouse

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// notSettings are URL arguments that steer the HTTP interface itself.
var notSettings = wordSet(`query database user password query_id quota_key default_format session_id session_timeout
	session_check close_session compress decompress client_protocol_version buffer_size wait_end_of_query
	enable_http_compression http_zlib_compression_level stacktrace add_http_cors_header send_progress_in_http_headers
	http_headers_progress_interval_ms http_write_exception_in_output_format cancel_http_readonly_queries_on_client_close
	http_response_buffer_size network_compression_method network_zstd_compression_level log_comment
	http_receive_timeout http_send_timeout
	async_insert wait_for_async_insert async_insert_busy_timeout_ms async_insert_max_data_size`)

// readerSettings may be set by a reader: how results are written and how a statement is computed.
var readerSettings = wordSet(`max_threads max_block_size join_use_nulls union_default_mode prefer_column_name_to_alias
	date_time_output_format date_time_input_format session_timezone extremes group_by_use_nulls transform_null_in
	optimize_read_in_order use_query_cache empty_result_for_aggregation_by_empty_set cast_keep_nullable
	enable_time_time64_type result_overflow_mode allow_experimental_json_type`)

var readerSettingPrefixes = []string{
	"output_format_json_", "output_format_csv_", "output_format_tsv_", "output_format_pretty_",
	"output_format_parquet_", "output_format_arrow_", "output_format_native_", "output_format_decimal_",
	"format_csv_", "format_tsv_",
}

var settingName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// setting is one name and its value as text.
type setting struct{ name, value string }

// settingsOf collects the engine settings among a request's URL arguments. For a reader it adds the limits and,
// last, the lock.
func settingsOf(args url.Values, reader bool, lim Limits) ([]setting, error) {
	// A condition such as text != '' would be read as one on the text's length, which the engine then looks for in vain
	// where the column is of another type below a view: "Unknown expression identifier `text.size`".
	// What the cache of conditions keeps is wrong where a condition reaches a table through joins and FINAL (26.7): a view asked
	// twice then lacked rows that it had the first time.
	out := []setting{{"optimize_functions_to_subcolumns", "0"}, {"use_query_condition_cache", "0"}}
	if reader {
		out = append(out,
			setting{"max_execution_time", strconv.FormatInt(int64(lim.Time.Seconds()+0.999), 10)},
			setting{"max_memory_usage", strconv.FormatInt(lim.Memory, 10)},
			setting{"max_result_rows", strconv.FormatInt(lim.Rows, 10)},
			setting{"result_overflow_mode", "throw"})
	}
	names := make([]string, 0, len(args))
	for name := range args {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if notSettings[name] || strings.HasPrefix(name, "param_") {
			continue
		}
		v := args.Get(name)
		if !settingName.MatchString(name) {
			return nil, exceptionf(codeBadArguments, "The URL argument %q is not a setting's name", name)
		}
		if name == "role" || name == "profile" {
			return nil, exceptionf(codeNotImplemented, "The embedded engine has no roles and profiles: drop the argument %s", name)
		}
		if reader {
			keep, err := readerMaySet(name, &v, lim)
			if err != nil {
				return nil, err
			}
			if !keep {
				continue
			}
		}
		out = append(out, setting{name, v})
	}
	if reader {
		out = append(out, setting{"readonly", "1"})
	}
	return out, nil
}

// readerMaySet judges a reader's setting; limits may only be lowered.
func readerMaySet(name string, v *string, lim Limits) (keep bool, err error) {
	var most float64
	switch name {
	case "readonly":
		if *v == "1" || *v == "2" {
			return false, nil // it is in force anyway
		}
	case "max_execution_time":
		most = lim.Time.Seconds()
	case "max_memory_usage":
		most = float64(lim.Memory)
	case "max_result_rows":
		most = float64(lim.Rows)
	default:
		if readerSettings[name] || slices.ContainsFunc(readerSettingPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return true, nil
		}
	}
	if most > 0 {
		n, err := strconv.ParseFloat(*v, 64)
		if err != nil || n < 0 {
			return false, exceptionf(codeBadArguments, "The setting %s is %q, not a number", name, *v)
		}
		return n > 0 && n < most, nil // a higher one leaves the limit in force
	}
	return false, exceptionf(codeReadonly, "Cannot modify '%s' setting in readonly mode", name)
}

// assignments writes settings as SET and SETTINGS take them.
func assignments(settings []setting) string {
	parts := make([]string, len(settings))
	for i, s := range settings {
		parts[i] = fmt.Sprintf("%s = %s", s.name, quoteText(s.value))
	}
	return strings.Join(parts, ", ")
}

// apply sets settings on a connection.
func (c *conn) apply(settings []setting) error {
	if len(settings) == 0 {
		return nil
	}
	return c.exec("SET " + assignments(settings))
}

// reset gives settings their defaults back, for a connection that lives on.
func (c *conn) reset(settings []setting) error {
	if len(settings) == 0 {
		return nil
	}
	parts := make([]string, len(settings))
	for i, s := range settings {
		parts[i] = s.name + " = DEFAULT"
	}
	return c.exec("SET " + strings.Join(parts, ", "))
}
