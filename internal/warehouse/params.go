package warehouse

import (
	"regexp"
	"strings"
)

// ClickHouse reads a parameter's text as a field of its tab-separated format.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`).Replace(s)
}

// bound returns the parameters as the server wants them: a scalar escaped, so that any text arrives as it is; an
// array, map or tuple as the literal that it is; \N for a Nullable as it is, it means NULL.
func bound(sql string, params map[string]string) map[string]string {
	out := make(map[string]string, len(params))
	for name, value := range params {
		typ := ""
		if m := regexp.MustCompile(`\{\s*` + regexp.QuoteMeta(name) + `\s*:\s*(\w+)`).FindStringSubmatch(sql); m != nil {
			typ = m[1]
		}
		switch {
		case typ == "Array", typ == "Map", typ == "Tuple", typ == "Nullable" && value == `\N`:
			out[name] = value
		default:
			out[name] = escape(value)
		}
	}
	return out
}
