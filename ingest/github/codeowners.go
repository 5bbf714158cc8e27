package github

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/workmix/workmix/ingest"
)

// ownersPlaces are where GitHub looks for the file that says who owns what; the first that is there counts.
var ownersPlaces = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// ownersAtOnce is how many repositories one call of GraphQL asks about.
const ownersAtOnce = 50

// codeowners tells the file of each repository that has one.
func (d *describing) codeowners(ctx context.Context, projects []ingest.Project) error {
	for len(projects) > 0 && !d.s.noGraphQL.Load() {
		some := projects[:min(ownersAtOnce, len(projects))]
		err := d.ownersByGraphQL(ctx, some)
		if errors.Is(err, errNoGraphQL) {
			break
		}
		if err != nil {
			return err
		}
		projects = projects[len(some):]
	}
	for _, p := range projects { // where GraphQL does not answer
		if err := d.ownersByREST(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (d *describing) ownersByGraphQL(ctx context.Context, projects []ingest.Project) error {
	var parameters, fields strings.Builder
	variables := map[string]any{}
	for i, p := range projects {
		owner, name, _ := strings.Cut(p.Name, "/")
		variables[fmt.Sprintf("o%d", i)], variables[fmt.Sprintf("n%d", i)] = owner, name
		fmt.Fprintf(&parameters, "$o%d: String!, $n%d: String!, ", i, i)
		fmt.Fprintf(&fields, "  r%d: repository(owner: $o%d, name: $n%d) {\n", i, i, i)
		for n, place := range ownersPlaces {
			fmt.Fprintf(&fields, "    f%d: object(expression: %q) { ... on Blob { text } }\n", n, "HEAD:"+place)
		}
		fields.WriteString("  }\n")
	}
	query := "query workmixOwners(" + strings.TrimSuffix(parameters.String(), ", ") + ") {\n" + fields.String() + "}"
	var got struct {
		Data map[string]map[string]*struct{ Text *string }
	}
	if err := d.s.ask(ctx, map[string]any{"query": query, "variables": variables}, &got); err != nil {
		return err
	}
	if len(got.Data) == 0 {
		return errNoGraphQL
	}
	for i, p := range projects {
		files, ok := got.Data[fmt.Sprintf("r%d", i)]
		if !ok || files == nil {
			d.torn["codeowners"] = true
			d.unread = append(d.unread, "CODEOWNERS of "+p.Name+": not visible to this token; files need read access to contents")
			continue
		}
		for n, place := range ownersPlaces {
			if f := files[fmt.Sprintf("f%d", n)]; f != nil && f.Text != nil {
				if err := d.say("codeowners", p.Name, map[string]any{"path": place, "text": *f.Text}); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func (d *describing) ownersByREST(ctx context.Context, p ingest.Project) error {
	for _, place := range ownersPlaces {
		what := "CODEOWNERS of " + p.Name
		a, err := d.s.get(ctx, what, "repos/"+p.Name+"/contents/"+place, nil, "")
		if status(err) == http.StatusNotFound {
			continue
		}
		var file struct {
			Content  string `json:"content"`
			Encoding string `json:"encoding"`
		}
		var text []byte
		if err == nil {
			if err = json.Unmarshal(a.body, &file); err == nil && file.Encoding != "base64" {
				err = fmt.Errorf("%s: the encoding %q is not known", what, file.Encoding)
			}
			if err == nil {
				text, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(file.Content, "\n", ""))
			}
		}
		if err != nil {
			return d.missed(ctx, "codeowners", err, "; files need read access to contents")
		}
		return d.say("codeowners", p.Name, map[string]any{"path": place, "text": string(text)})
	}
	return nil
}
