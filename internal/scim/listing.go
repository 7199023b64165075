package scim

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// listing is what a list is asked for with.
type listing struct {
	filter       *node
	start, count int
	sortBy       *path
	down         bool
	projection   projection
}

func (l listing) document(total int, resources []any) document {
	d := document{"schemas": []any{urnList}, "totalResults": total, "itemsPerPage": len(resources), "startIndex": l.start}
	if len(resources) > 0 {
		d["Resources"] = resources
	} else {
		d["Resources"] = []any{}
	}
	return d
}

// asked are the parameters for a list or one resource, from the query or from a search's body.
type asked struct {
	filter, sortBy, sortOrder string
	start, count              *int
	attributes, without       []string
	hasFilter                 bool
}

func splitList(list []string) (out []string) {
	for _, w := range list {
		out = append(out, strings.FieldsFunc(w, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return out
}

func askedByQuery(q url.Values) (a asked, err error) {
	a = asked{filter: q.Get("filter"), sortBy: q.Get("sortBy"), sortOrder: q.Get("sortOrder"), attributes: splitList(q["attributes"]),
		without: splitList(q["excludedAttributes"]), hasFilter: q.Has("filter")}
	for name, to := range map[string]**int{"startIndex": &a.start, "count": &a.count} {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return a, bad(invalidValue, "%s: a number expected", name)
			}
			*to = &n
		}
	}
	return a, nil
}

func askedByBody(d document) (a asked, err error) {
	texts := func(name string) (out []string) {
		v, _ := d.get(name)
		list, _ := v.([]any)
		for _, e := range list {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	text := func(name string) string {
		v, _ := d.get(name)
		s, _ := v.(string)
		return s
	}
	_, hasFilter := d.get("filter")
	a = asked{filter: text("filter"), sortBy: text("sortBy"), sortOrder: text("sortOrder"), attributes: texts("attributes"), without: texts("excludedAttributes"), hasFilter: hasFilter}
	for name, to := range map[string]**int{"startIndex": &a.start, "count": &a.count} {
		if v, ok := d.get(name); ok {
			n, isNumber := v.(json.Number)
			i, err := n.Int64()
			if !isNumber || err != nil {
				return a, bad(invalidValue, "%s: a number expected", name)
			}
			small := int(i)
			*to = &small
		}
	}
	return a, nil
}

func (a asked) listing(t *resourceType) (l listing, err error) {
	l = listing{start: 1, count: defaultResults, down: strings.EqualFold(a.sortOrder, "descending")}
	if a.start != nil {
		l.start = max(*a.start, 1)
	}
	if a.count != nil {
		l.count = min(max(*a.count, 0), maxResults)
	}
	if a.hasFilter {
		if l.filter, err = t.parseFilter(a.filter); err != nil {
			return l, err
		}
	}
	if a.sortBy != "" {
		p, err := t.parseAttribute(a.sortBy)
		if err != nil || p.attribute == nil {
			return l, bad(invalidPath, "sortBy: there is no attribute %q", a.sortBy)
		}
		l.sortBy = &p
	}
	l.projection = t.newProjection(a.attributes, a.without)
	return l, nil
}
