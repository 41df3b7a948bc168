package config

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// quote shows text from a file in a finding: quoted, escaped and not too long.
func quote(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "..."
	}
	return strconv.Quote(text)
}

// parse reads a YAML file as a tree, or reports why it cannot.
func (r *report) parse(data []byte) (*node, bool) {
	text, err := readable(data)
	if err != nil {
		r.problem(err)
		return nil, false
	}
	lexemes, err := scan(text)
	if err != nil {
		r.problem(err)
		return nil, false
	}
	root, err := buildTree(text, lexemes, r)
	if err != nil {
		r.problem(err)
		return nil, false
	}
	return root, true
}

// sectionNames are the keys a file may start with, and the folder of each.
var sectionNames = map[string]string{"accounts": "account/", "roles": "role/"}

// entries returns the entries under the file's only key, which is name. Both forms
// are read: a map, and the retired solution's list of maps.
func (r *report) entries(root *node, name string, fields []string) []field {
	switch root.kind {
	case null:
		r.nothing(root.at, name)
		return nil
	case scalar, list:
		r.errorf(root.at, "start the file with "+name+":", "expected a map with the key %s, found %s", quote(name), root.describe())
		return nil
	}
	var found []field
	before, present := r.errors, false
	for _, f := range root.fields {
		if f.key.text == name {
			found, present = r.section(f, name, fields), true
			continue
		}
		if folder := sectionNames[f.key.text]; folder != "" {
			r.errorf(f.key.at, "move them to a file in "+folder, "%s do not belong into this folder", f.key.text)
			continue
		}
		r.errorf(f.key.at, suggestOr(f.key.text, []string{name}), "unknown key %s", quote(f.key.text))
	}
	if !present && r.errors == before {
		r.errorf(root.at, "start the file with "+name+":", "the key %s is missing", quote(name))
	}
	return found
}

func (r *report) section(f field, name string, fields []string) []field {
	switch f.value.kind {
	case mapping:
		if len(f.value.fields) == 0 {
			r.nothing(f.value.at, name)
		}
		return r.wellPlaced(f.value.fields, fields)
	case list:
		var found []field
		for _, item := range f.value.items {
			if item.kind != mapping {
				r.errorf(item.at, "write the entry as a key with its settings below", "expected a map here, found %s", item.describe())
				continue
			}
			found = append(found, r.wellPlaced(item.fields, fields)...)
		}
		if len(f.value.items) == 0 {
			r.nothing(f.value.at, name)
		}
		return found
	case null:
		r.nothing(f.key.at, name)
		return nil
	}
	r.errorf(f.value.at, "write one key for each entry", "expected a map of %s, found %s", name, f.value.describe())
	return nil
}

func (r *report) nothing(at position, name string) {
	r.warnf(at, "remove the file if it is not needed", "the file lists no %s", name)
}

// wellPlaced leaves out entries that are settings of the entry above, indented as
// far as their entry: the usual slip in the list form.
func (r *report) wellPlaced(all []field, settings []string) []field {
	var found []field
	for _, f := range all {
		misplaced := f.value.kind != mapping && slices.Contains(settings, f.key.text)
		if !misplaced {
			found = append(found, f)
			continue
		}
		r.errorf(f.key.at, "indent it further than the entry it belongs to", "the setting %s stands beside its entry, not below it", quote(f.key.text))
	}
	return found
}

// settings returns the fields of one entry that have a value; unknown keys are
// reported. An entry without any setting is a key alone.
func (r *report) settings(entry field, known []string) []field {
	switch entry.value.kind {
	case null:
		return nil
	case scalar, list:
		r.errorf(entry.value.at, "write the settings below as key: value", "expected the settings of %s, found %s",
			quote(entry.key.text), entry.value.describe())
		return nil
	}
	return r.known(entry.value.fields, known)
}

func (r *report) known(all []field, known []string) []field {
	found := make([]field, 0, len(all))
	for _, f := range all {
		if slices.Contains(known, f.key.text) {
			found = append(found, f)
		} else {
			r.errorf(f.key.at, suggestOr(f.key.text, known), "unknown key %s", quote(f.key.text))
		}
	}
	return found
}
