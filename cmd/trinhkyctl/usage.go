package main

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"trinhky/app/message"
)

// usageError is a request that makes no sense. Its sentence is "usage.<code>"
// of the locale file.
type usageError struct {
	code string
	args []string // name, value, name, value …
}

func (e *usageError) Error() string { return e.code + " " + strings.Join(e.args, " ") }

func usage(code string, args ...string) error { return &usageError{code, args} }

// languageOf is the language that the arguments ask for, before they are parsed.
func languageOf(args []string) string {
	for i, a := range args {
		if a == "--lang=en" || a == "--lang" && i+1 < len(args) && args[i+1] == "en" {
			return "en"
		}
	}
	return "vi"
}

// newParser makes the parser of the command line, with its help in words.
func newParser(c *commands, words *message.Table, std stdio) (*kong.Kong, error) {
	help := kong.Vars{}
	for _, code := range words.Codes() {
		if name, ok := strings.CutPrefix(code, "help."); ok {
			help[name] = words.Say(code)
		}
	}
	parser, err := kong.New(c, help, kong.Name("trinhkyctl"), kong.Description(words.Say("help.about")),
		kong.Writers(std.out, std.err), kong.WithHyphenPrefixedParameters(true),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(func(o kong.HelpOptions, ctx *kong.Context) error { return printHelp(words, o, ctx) }),
	)
	if err == nil {
		parser.Model.HelpFlag.Help = words.Say("help.help")
	}
	return parser, err
}

// printHelp prints the help with its headings in words.
func printHelp(words *message.Table, o kong.HelpOptions, ctx *kong.Context) error {
	var text bytes.Buffer
	out := ctx.Stdout
	ctx.Stdout = &text
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	headings := strings.NewReplacer(
		"Usage:", words.Say("help.word.usage"), "\nFlags:", "\n"+words.Say("help.word.flags"),
		"\nCommands:", "\n"+words.Say("help.word.commands"), "\nArguments:", "\n"+words.Say("help.word.arguments"),
		`Run "trinhkyctl <command> --help" for more information on a command.`, words.Say("help.word.more"),
	)
	_, err = io.WriteString(out, headings.Replace(text.String()))
	return err
}

// complaints are what the parser says, and the codes of our own words for it.
// The first group is what it is about, a second one what is allowed.
var complaints = []struct {
	says *regexp.Regexp
	code string
}{
	{regexp.MustCompile(`^unknown flag (\S+)`), "unknown-flag"},
	{regexp.MustCompile(`^unexpected (?:argument|token|flag argument) (\S+)`), "unexpected"},
	{regexp.MustCompile(`^missing (?:flags|positional arguments):? (.+)`), "missing"},
	{regexp.MustCompile(`^expected (?:one of )?(.+)`), "missing"},
	{regexp.MustCompile(`^(\S+) must be one of (.+) but got`), "one-of"},
	{regexp.MustCompile(`^([^:]+): `), "value"},
}

// complaint puts an error of the parser into our words.
func complaint(err error) error {
	for _, c := range complaints {
		m := c.says.FindStringSubmatch(err.Error())
		if m == nil {
			continue
		}
		what := strings.TrimSuffix(m[1], ",")
		args := []string{"what", what}
		if len(m) > 2 {
			args = append(args, "values", m[2])
		}
		return usage(c.code, args...)
	}
	return usage("command", "reason", err.Error())
}

// wantsJSON says whether arguments that could not be parsed asked for JSON.
func wantsJSON(args []string) bool { return slices.Contains(args, "--json") }
