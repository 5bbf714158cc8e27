package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/stack"
)

// What a backup leaves out: who is running, the lock, and the engine's own log of statements.
var notBackedUp = map[string]bool{"lock": true, "users": true, "running.json": true}

func (a *app) newBackup() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE.tar.gz",
		Short: "Copy the embedded stack's log and tables into one file; workmix up must not be running",
		Args:  exactly(1, "the file to write"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.embeddedOnly(); err != nil {
				return err
			}
			release, err := stack.Hold(a.dataDir)
			if err != nil {
				return err
			}
			defer release()
			return writeBackup(a.dataDir, args[0])
		},
	}
}

// embeddedOnly refuses a configuration with real servers, which have means of their own.
func (a *app) embeddedOnly() error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if cfg.Kafka != nil || cfg.ClickHouse != nil {
		return errors.New("backup and restore are for the embedded stack: Kafka's and ClickHouse's own tools serve real servers, see docs/operate.md")
	}
	return nil
}

func writeBackup(dir, file string) (err error) {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s exists already: name another file", file)
	}
	tmp := file + ".partial"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(tmp)
		}
	}()
	z := gzip.NewWriter(f)
	t := tar.NewWriter(z)
	if err := addTree(t, dir); err != nil {
		return fmt.Errorf("backup %s: %w", dir, err)
	}
	if err := errors.Join(t.Close(), z.Close(), f.Sync()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return os.Rename(tmp, file)
}

func addTree(t *tar.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." || notBackedUp[name] {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if target, err = os.Readlink(path); err != nil {
				return err
			}
		case !info.IsDir() && !info.Mode().IsRegular():
			return nil
		}
		h, err := tar.FileInfoHeader(info, target)
		if err != nil {
			return err
		}
		h.Name = filepath.ToSlash(name)
		if err := t.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(t, f)
		return err
	})
}

func (a *app) newRestore() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE.tar.gz",
		Short: "Fill an empty data directory from a backup",
		Args:  exactly(1, "the backup to read"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.embeddedOnly(); err != nil {
				return err
			}
			return readBackup(args[0], a.dataDir)
		},
	}
}

// readBackup unpacks beside the data directory and moves it into place whole, so that a broken backup leaves nothing.
func readBackup(file, dir string) (err error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("data directory %s is not empty: restore into a new one with --data", dir)
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o700); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".restore-")
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	if err := unpack(f, tmp); err != nil {
		return fmt.Errorf("%s is not a whole backup: %w", file, err)
	}
	if _, err := os.Stat(filepath.Join(tmp, "version")); err != nil {
		return fmt.Errorf("%s is not a backup of workmix: it holds no version", file)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(tmp, dir)
}

func unpack(r io.Reader, dir string) error {
	z, err := gzip.NewReader(r)
	if errors.Is(err, io.EOF) || errors.Is(err, gzip.ErrHeader) {
		return errors.New("it is not the .tar.gz file that workmix backup writes")
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// os.Root keeps every path inside the directory, links included.
		name := filepath.FromSlash(strings.TrimSuffix(h.Name, "/"))
		mode := fs.FileMode(h.Mode) & 0o777
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.Mkdir(name, mode|0o700)
		case tar.TypeSymlink:
			err = root.Symlink(h.Linkname, name)
		case tar.TypeReg:
			err = unpackFile(root, name, mode, t)
		default:
			err = fmt.Errorf("%s is neither file nor folder", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, name string, mode fs.FileMode, from io.Reader) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}
