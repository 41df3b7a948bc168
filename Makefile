# Everything here also works by hand; see CONTRIBUTING.md.

GO ?= go

.PHONY: build test check bench bench-lambda bench-sandbox fuzz lambda least-privilege clean

build: ## the cam binary
	$(GO) build -o cam ./cmd/cam

test: ## what the README says
	$(GO) test ./...

check: ## what a change has to pass
	.ci/run

bench: ## the numbers of docs/benchmarks.md
	$(GO) test -run '^$$' -bench . -benchmem ./core/config ./core/plan ./core/policy ./core/engine ./cmd/cam ./tui ./tui/internal/...

bench-lambda: lambda ## cold start of the Lambda bootstrap
	$(GO) test -run '^$$' -bench ColdStart -benchtime 30x ./cmd/cam-lambda -zip $(CURDIR)/dist/cam-lambda-x86_64.zip

bench-sandbox: ## the sandbox's DynamoDB with 500,000 items; takes minutes
	$(GO) test -run '^$$' -bench . ./core/sandbox/internal/dynamodb

fuzz: ## half a minute for each fuzz target
	$(GO) test -run '^$$' -fuzz FuzzParse$$ -fuzztime 30s ./core/policy
	$(GO) test -run '^$$' -fuzz FuzzParseAccounts -fuzztime 30s ./core/config
	$(GO) test -run '^$$' -fuzz FuzzParseRoles -fuzztime 30s ./core/config
	$(GO) test -run '^$$' -fuzz FuzzView -fuzztime 30s ./tui/internal/editor
	$(GO) test -run '^$$' -fuzz FuzzParseExpression -fuzztime 30s ./core/sandbox/internal/dynamodb

lambda: ## dist/cam-lambda-arm64.zip and -x86_64.zip, the code of the Lambda functions
	$(GO) run ./cmd/cam-lambda/internal/pack -o dist

least-privilege: ## take away every action and resource of every policy, one by one
	$(GO) test -run TestLeastPrivilege -timeout 30m ./templates -exhaustive

clean:
	rm -rf cam dist
