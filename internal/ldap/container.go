package ldap

// writeContainers writes the entries that every tree has.
func (q *query) writeContainers(w *writer, t target, left int, n *int, full *bool, at *position) error {
	for i, p := range t.containers {
		if int64(i) < at.After {
			continue
		}
		c := &container{q, p}
		v, err := holds(q.req.filter, c)
		if err != nil {
			return err
		}
		if v == isTrue {
			if *n == left {
				*full = true
				return nil
			}
			c.write(w)
			*n++
		}
		at.After = int64(i) + 1
	}
	return nil
}

// container is an entry that every tree has.
type container struct {
	q     *query
	place place
}

func (c *container) step() rdn {
	switch c.place {
	case atSuffix:
		return c.q.tree.steps[0]
	case atPeople:
		return rdn{"ou", people}
	case atGroups:
		return rdn{"ou", groups}
	}
	return rdn{"ou", tags}
}

func (c *container) dn() string {
	switch c.place {
	case atSuffix:
		return c.q.tree.suffix
	case atTags:
		return "ou=" + tags + ",ou=" + groups + "," + c.q.tree.suffix
	}
	return "ou=" + c.step().value + "," + c.q.tree.suffix
}

func (c *container) classes() []string {
	switch c.step().typ {
	case "dc":
		return []string{"top", "domain"}
	case "o":
		return []string{"top", "organization"}
	case "c":
		return []string{"top", "country"}
	}
	return unitClasses
}

func (c *container) term(f filter) (tri, error) {
	switch f.attr {
	case "objectclass":
		if f.kind == filterPieces {
			return isUndefined, nil
		}
		return truth(f.kind == filterPresent || hasClass(c.classes(), f.value)), nil
	case c.step().typ:
		return valueTerm(f, []string{c.step().value}), nil
	case "structuralobjectclass":
		return valueTerm(f, c.classes()[1:]), nil
	case "hassubordinates":
		return valueTerm(f, []string{"TRUE"}), nil
	case "entrydn":
		if f.kind != filterEqual {
			return truth(f.kind == filterPresent), nil
		}
		at, ok := c.q.spotAt(f.value)
		return truth(ok && at.place == c.place), nil
	}
	if _, ok := c.q.tree.names.by[f.attr]; ok || builtIn[f.attr] {
		return isFalse, nil
	}
	return isUndefined, nil
}

func (c *container) write(w *writer) {
	c.q.sel.typesOnly = c.q.req.typesOnly
	w.entry(c.q.id, c.dn(), c.q.sel, func(e entry) {
		if e.sel.wants("objectclass") {
			e.add("objectClass", c.classes()...)
		}
		if step := c.step(); e.sel.wants(step.typ) {
			e.add(step.typ, step.value)
		}
		e.common(c.dn(), c.classes()[1], "TRUE")
	})
}
