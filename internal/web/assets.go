package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// The folder dist in it is the bundle that ui/build.mjs makes; a program that was built without it serves pages that say so.
//
//go:embed all:assets
var assetFiles embed.FS

// assets are the style sheet, the icon and the bundle, by their path below /assets/.
type assets struct {
	files map[string]asset
}

type asset struct {
	plain, zipped []byte
	mime, hash    string
}

var mimes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

func readAssets() (*assets, error) {
	a := &assets{map[string]asset{}}
	err := fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		mime, ok := mimes[path.Ext(name)]
		if err != nil || d.IsDir() || !ok {
			return err
		}
		text, err := assetFiles.ReadFile(name)
		if err != nil {
			return err
		}
		var z bytes.Buffer
		w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		a.files[strings.TrimPrefix(name, "assets/")] = asset{text, z.Bytes(), mime, hex.EncodeToString(sum[:8])}
		return nil
	})
	return a, err
}

// url is the address of an asset, which changes with its content; empty if there is no such asset.
func (a *assets) url(name string) string {
	f, ok := a.files[name]
	if !ok {
		return ""
	}
	return "/assets/" + name + "?v=" + f.hash
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[strings.TrimPrefix(r.URL.Path, "/assets/")]
	if !ok {
		http.Error(w, "there is no such asset", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("ETag", `"`+f.hash+`"`)
	h.Set("Vary", "Accept-Encoding")
	if r.URL.Query().Get("v") == f.hash || strings.HasPrefix(r.URL.Path, "/assets/dist/") && strings.Contains(r.URL.Path, "-") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // its address names its content
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	w.Write(body)
}

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// zipping is an answer that is compressed while it is written.
type zipping struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w *zipping) WriteHeader(status int) {
	h := w.Header()
	if w.z == nil && h.Get("Content-Encoding") == "" && status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		h.Del("Content-Length")
		w.z = gzip.NewWriter(w.ResponseWriter)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *zipping) Write(b []byte) (int, error) {
	if w.z == nil && w.Header().Get("Content-Encoding") == "" {
		w.WriteHeader(http.StatusOK)
	}
	if w.z == nil {
		return w.ResponseWriter.Write(b)
	}
	return w.z.Write(b)
}

// compressed compresses what h writes, for who can read it.
func compressed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acceptsGzip(r) {
			h.ServeHTTP(w, r)
			return
		}
		z := &zipping{ResponseWriter: w}
		h.ServeHTTP(z, r)
		if z.z != nil {
			z.z.Close()
		}
	})
}
