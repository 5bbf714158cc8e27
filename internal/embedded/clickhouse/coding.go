package clickhouse

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	chcompress "github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// decoded is a request's body without its Content-Encoding and the engine's own compression.
func decoded(r *http.Request, args url.Values) (io.Reader, error) {
	var body io.Reader = r.Body
	var err error
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "br":
		body = brotli.NewReader(body)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20)); err == nil {
			body = d.IOReadCloser()
		}
	case "lz4":
		body = lz4.NewReader(body)
	default:
		return nil, exceptionf(codeNotImplemented, "Content-Encoding %q is not known: use gzip, deflate, br, zstd or lz4", enc)
	}
	if err != nil {
		return nil, exceptionf(codeBadArguments, "The body is not what its Content-Encoding says: %v", err)
	}
	if on(args, "decompress") {
		src := &counted{r: body}
		body = &unframed{src, chcompress.NewReader(src)}
	}
	return body, nil
}

// unframed reads the engine's own compression. Its end is io.EOF only between two frames.
type unframed struct {
	src    *counted
	frames *chcompress.Reader
}

func (u *unframed) Read(p []byte) (int, error) {
	before := u.src.n
	n, err := u.frames.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.EOF
		if u.src.n > before {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// counted counts the bytes that were read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func on(args url.Values, name string) bool {
	v := args.Get(name)
	return v == "1" || v == "true"
}

// encoder writes of a response's body.
type encoder interface {
	io.WriteCloser
	Flush() error
}

// encoding chooses how a response's body is encoded: as a ClickHouse server does, only if the client also asks
// with enable_http_compression=1.
func encoding(r *http.Request, args url.Values) string {
	if !on(args, "enable_http_compression") {
		return ""
	}
	accepts := map[string]bool{}
	for a := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Encoding")), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(a), ";")
		accepts[strings.TrimSpace(name)] = strings.ReplaceAll(q, " ", "") != "q=0"
	}
	for _, name := range []string{"zstd", "lz4", "gzip", "br", "deflate"} {
		if accepts[name] {
			return name
		}
	}
	return ""
}

// encode wraps a response's body.
func encode(w io.Writer, name string) encoder {
	switch name {
	case "gzip":
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		return z
	case "deflate":
		z, _ := zlib.NewWriterLevel(w, zlib.BestSpeed)
		return z
	case "br":
		return brotli.NewWriterLevel(w, brotli.BestSpeed)
	case "lz4":
		return lz4.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err == nil {
			return z
		}
	}
	return plain{w}
}

type plain struct{ io.Writer }

func (plain) Flush() error { return nil }
func (plain) Close() error { return nil }

// native is the engine's own compression of a body (compress=1): frames with checksums.
type native struct {
	w      io.Writer
	frames *chcompress.Writer
	buf    bytes.Buffer
}

const nativeFrame = 1 << 20

func encodeNative(w io.Writer, args url.Values) encoder {
	method := chcompress.LZ4
	switch strings.ToUpper(args.Get("network_compression_method")) {
	case "ZSTD":
		method = chcompress.ZSTD
	case "NONE":
		method = chcompress.None
	}
	return &native{w: w, frames: chcompress.NewWriter(chcompress.LevelZero, method)}
}

func (n *native) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		m := min(len(rest), nativeFrame-n.buf.Len())
		n.buf.Write(rest[:m])
		rest = rest[m:]
		if n.buf.Len() == nativeFrame {
			if err := n.Flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (n *native) Flush() error {
	if n.buf.Len() == 0 {
		return nil
	}
	if err := n.frames.Compress(n.buf.Bytes()); err != nil {
		return err
	}
	n.buf.Reset()
	_, err := n.w.Write(n.frames.Data)
	return err
}

func (n *native) Close() error { return n.Flush() }
