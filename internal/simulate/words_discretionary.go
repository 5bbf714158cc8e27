package simulate

// discretionaryShort is small tweaks that users or the team would like.
var discretionaryShort = map[string]*theme{
	"tweak": {
		DiscretionaryShort, "Story",
		[]string{"enhancement"},
		[]string{
			"Show the {noun} in {page}", "Remember the last used filter of {page}", "Sort {page} by {noun}", "Add --{flag} to {cmd}", "Nicer error message when {action} is not allowed",
			"Let {cmd} read its settings from the environment", "Add dark mode to {page}", "Keyboard shortcut for {action}", "Copy button next to the {noun} in {page}", "Make the {noun} column of {page} wider",
		},
		[]string{
			"It would be nice to have this. Today it takes a few clicks or a small script.",
			"A small improvement that would save people some typing.",
			"Idea from the user group of {svc}.",
			"Came up in a chat with one of our users: they would like this.",
		},
		[]string{"Not urgent. Should be an afternoon of work.", "Happy to review if somebody wants to try it.", "Others have asked for it now and then.", "Low effort, pleasant to have."},
		[]string{"Show {noun} in {page}", "Add --{flag} to {cmd}", "Remember filter of {page}", "Friendlier message for {action}"},
	},
	"docs": {
		DiscretionaryShort, "Task",
		[]string{"documentation"},
		[]string{
			"Document how to use {cmd} with {tool}", "Typo in the guide to {comp}", "Add an example for {action} to the docs", "README of {svc} does not mention --{flag}", "Explain the settings of {comp}", "Diagram of how {svc} and {store} work together",
		},
		[]string{"The documentation is thin here.", "A newcomer asked about this and there was nothing to point to.", "Noticed while reading the guide to {comp}."},
		[]string{"A paragraph and an example would do.", "Good first issue.", "Can be done whenever somebody has an hour."},
		[]string{"Document {cmd}", "Fix typo in guide", "Add example for {action}", "Describe settings of {comp}"},
	},
	"cleanup": {
		DiscretionaryShort, "Task",
		[]string{"cleanup"},
		[]string{
			"Remove unused code from {comp}", "Rename variables in {svc} for clarity", "Simplify tests of {comp}", "Replace hand-written parser in {cmd} by {lib}", "Split the largest file of {svc}", "Add unit tests for {comp}", "Drop the feature flag for {page}, it is on everywhere",
		},
		[]string{"Would make the code easier to read.", "Left over from {ver}. A helper or two would tidy this up.", "Refactoring only, no change in behaviour."},
		[]string{"No user will notice. Do it when you are in that code anyway.", "Small and safe.", "Came up in review."},
		[]string{"Remove dead code from {comp}", "Tidy tests of {comp}", "Rename for clarity in {svc}", "Split file of {svc}"},
	},
	"question": {
		DiscretionaryShort, "Task",
		[]string{"question"},
		[]string{"How do I use {cmd} with {tool}?", "Question: what does --{flag} of {cmd} do?", "Can {svc} be run on {os}?", "What is the recommended way of {action}?", "Is there a plan to support {tool} in {comp}?"},
		[]string{"I read the guide but could not find out how {action} is meant to work with {tool}.", "Just wondering whether {comp} can do this already."},
		[]string{"Any hint is welcome, thanks!", "Not a bug as far as I can see.", "Maybe worth a line in the docs."},
		[]string{"Answer a frequent question in the guide", "Mention {tool} in the docs of {cmd}"},
	},
	"ask": {
		DiscretionaryShort, "Story",
		[]string{"user-ask"},
		[]string{
			"Ask from {asker}: let {cmd} print {noun} as JSON", "Ask from {asker}: cache for {tool} in {comp}", "{asker} would like a template for new services in {svc}", "Ask from {asker}: show {noun} of failed builds in {page}",
			"{asker} wants {comp} to notify them about {noun}", "Ask from {asker}: allow --{flag} per project", "{asker} asks for self-service {noun} in {page}", "Ask from {asker}: support {tool} in {svc}",
		},
		[]string{
			"{asker} came by and asked whether {svc} could do this for them. It would save them some time each day.",
			"From the survey of our users: {asker} would like {comp} to handle {noun}.",
			"{asker} has built a workaround and would prefer to have it in {cmd} itself.",
		},
		[]string{"They would like it this sprint; nothing breaks without it.", "A few days of work by the look of it.", "Was not in the plan of this quarter."},
		[]string{"Print {noun} as JSON in {cmd}", "Cache {tool} in {comp}", "Template for new services", "Notify about {noun}", "Allow --{flag} per project"},
	},
}

// discretionaryLong is generational improvement, picked freely.
var discretionaryLong = map[string]*theme{
	"migration": {
		DiscretionaryLong, "Epic",
		[]string{"project"},
		[]string{
			"Move {svc} from batch to streaming", "Break the monolith behind {comp} into services", "Migrate {svc} from {store} to a column store", "Rewrite {cmd} with a plugin architecture", "Adopt {lib} across all of {svc}",
		},
		[]string{
			"A proposal for the coming quarters: {svc} works in nightly batches today. Streaming would open up use cases that we cannot serve now.",
			"The code behind {comp} has grown for years. We would like to redesign it in steps, over two quarters, to be faster at everything else.",
		},
		[]string{
			"First a prototype to disprove the idea, then one user team, then the rest. Success: time from event to result below a minute.",
			"A long-term investment by the team's own choice; nobody forces us to.",
		},
		[]string{"Streaming path for {svc}, part {part}", "Extract service from {comp}, step {part}", "Plugin interface for {cmd}", "Move {comp} to the new architecture, part {part}"},
	},
	"redesign": {
		DiscretionaryLong, "Epic",
		[]string{"project", "design"},
		[]string{
			"Redesign of {page} from the ground up", "New architecture for {comp}: design and roadmap", "Next generation of {svc}", "New query planner for {comp}", "Unified design system for {page} and all other pages",
		},
		[]string{
			"{page} was made for ten users and has ten thousand. The vision: one consistent design, built anew over two quarters.",
			"Roadmap for the next generation of {svc}. Several phases, each useful by itself.",
		},
		[]string{"Phases: research with users, design, new framework, page by page.", "Ambitious and entirely ours to choose. Return is estimated at twice the cost within two years."},
		[]string{"New layout of {page}, part {part}", "Planner: phase {part}", "Foundation of the new {svc}", "Design tokens for {page}"},
	},
	"platform": {
		DiscretionaryLong, "Epic",
		[]string{"project", "platform"},
		[]string{
			"Support {os} as a new platform for {svc}", "Multi-tenant mode for {comp}", "Offline mode for {page}", "Plugin marketplace for {svc}", "Machine learning suggestions in {page}", "Public API for {svc}",
		},
		[]string{
			"A new major feature: {svc} should become usable on {os}. That means porting, testing and packaging, a project for at least a quarter.",
			"Explore whether {comp} can serve many tenants from one installation. New subsystem, new storage layout.",
		},
		[]string{"Starts as research: is there demand, can it be done?", "Would open a new market. No commitment to anybody yet."},
		[]string{"Port {comp} to {os}, part {part}", "Tenant model, part {part}", "Offline store for {page}", "Public API: endpoint group {part}"},
	},
	"automation": {
		DiscretionaryLong, "Epic",
		[]string{"project", "automation"},
		[]string{
			"Automate the replacement of failed hosts of {svc}", "Self-healing for {comp}", "Continuous deployment for {svc}", "Test environment on demand for every pull request", "Programme: hermetic and reproducible builds", "Load test framework for {comp}",
		},
		[]string{
			"Today people do this by hand. A programme over the next quarters builds the automation that makes future patches quick and safe.",
			"Investment into fewer nights on call: {svc} should repair itself in the cases that we know.",
		},
		[]string{"Expected effect: half of the pages go away.", "Done in stages; each stage takes one class of failure off our hands."},
		[]string{"Automate drain of {comp}, part {part}", "Self-healing: stage {part}", "Pipeline for {svc}, part {part}", "On-demand environments: step {part}"},
	},
}

// comments are what people say on tickets of any kind, by whether the work is forced.
var commentsForced = []string{
	"Taking a look now.", "Can confirm, I see the same.", "Found it, fix is on its way.", "Mitigated for now, keeping this open until the fix is out.", "Any news? Support is asking.",
	"Raised the priority, this cannot wait.", "Rolled out, watching the graphs.", "Happened again tonight.", "Root cause is in {comp}, see the linked change.", "Customer is informed.",
}

var commentsFree = []string{
	"Like the idea.", "Let us discuss it in the next planning.", "I can pick this up next week.", "Started a draft, feedback is welcome.", "What would be the smallest version of this?",
	"Talked to two users, both would use it.", "Moved to the next milestone.", "Prototype works, numbers look good.", "Could you add an example?", "Parking this until {name} is back.",
}

// pullBodies is what pull requests say of themselves.
var pullBodies = map[Quadrant][]string{
	ForcedShort: {
		"Fixes what is going on in production. Tried on staging under load, the errors are gone.", "Smallest change that stops the failure; a proper clean-up can follow.",
		"Adds a test that failed before and passes now.", "Hotfix. Please review quickly, on-call is waiting for it.", "The cause was a missing check in {comp}. With the fix the wrong case is refused.",
	},
	ForcedLong: {
		"One step of the programme, behind a flag until all of {svc} is done.", "Next part of the migration. Old and new run side by side for now.",
		"What the auditor asked for in {svc}. The other services follow.", "Needed before the date; the rest of the plan is in the tracking ticket.",
	},
	DiscretionaryShort: {
		"Small change, see the screenshots.", "Does what the ticket asks for, no more.", "Tidying only, behaviour is the same.", "Adds the option and a paragraph in the docs.", "Nice to have. No hurry with the review.",
	},
	DiscretionaryLong: {
		"A further part of the project. Large, best read commit by commit.", "Lays the ground; nothing uses it yet.", "Prototype turned into code that can be merged. Design is in the parent ticket.",
		"Moves the first users of {svc} over. Numbers look good so far.",
	},
}

var reviewWords = []string{"Looks good.", "Nice, thank you.", "One question inline, otherwise fine.", "Please add a test.", "Works for me.", "Small nits only.", "", "", ""}

var commitWords = []string{"Add test", "Address review", "Fix lint", "First version", "Handle empty input", "Move to own file", "Update docs", "Log the cause"}

// words fill in braces that are the same for all teams.
var words = map[string][]string{
	"region":   {"eu-west", "us-east", "ap-south", "eu-north", "us-west"},
	"customer": {"Northwind Bank", "Halvorsen Shipping", "Tidewater Energy", "Orchard Foods", "Meridian Health", "Bluepeak Retail", "Castellan Insurance"},
	"lib":      {"openzip", "fastjson-go", "libframe", "tlskit", "quickqueue", "yamlparse", "imgcodec", "authlib", "protowire"},
	"os":       {"Debian 11", "Ubuntu 20.04", "Windows Server 2016", "ARM64", "Alpine 3.15", "macOS"},
	"tool":     {"the linter", "the integration tests", "the package step", "docker build", "the end-to-end suite", "code generation"},
	"action":   {"importing a file", "renaming a project", "exporting a report", "signing in with a second factor", "resizing a cluster", "deleting an account", "changing the plan", "uploading a large file", "switching the language", "retrying a failed job"},
	"noun":     {"owner", "last change", "cost", "build time", "quota", "version", "region", "status", "log link", "number of retries"},
	"flag":     {"quiet", "json", "since", "dry-run", "limit", "no-color", "parallel", "output"},
	"month":    {"March", "June", "September", "December"},
	"pct":      {"4", "7", "12", "18", "25", "31", "46", "60"},
	"ms":       {"80", "120", "180", "250", "300"},
	"sec":      {"2", "3", "5", "8", "11"},
	"n":        {"3", "4", "5", "6", "8", "9", "12", "14", "20", "30"},
	"d":        {"1", "4", "6", "8"},
}
