# 免证 · Mianzheng. `make` alone lists what can be done. Needs make, Python >= 3.11 and a C compiler; .ci/need says what is missing.
# Each target first looks for what it needs, then installs into .venv once (.ci/install), then does its work.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help decide test serve check diff scenarios schema lint bench lock clean

FILE ?= fixtures/applications/housing_fund_rent_fushun.json
RULES ?= rules
OLD ?= HEAD

help:
	@echo '免证 Mianzheng'
	@echo
	@echo '  make decide     判断一件示例申请（FILE=… 换一件）       decide a sample application (FILE=… for another)'
	@echo '  make serve      启动服务                                serve the HTTP API and pages'
	@echo '  make check      检查并证明规则库（RULES=… 换一个目录）  check and prove the rulebook (RULES=… for another folder)'
	@echo '  make diff       规则的改动在意思上差在哪里（OLD=HEAD）  what a change of the rules means (OLD=HEAD)'
	@echo '  make scenarios  场景看住了规则多少（RULE=… 只看一条）   what the scenarios hold of the rules (RULE=… for one)'
	@echo '  make schema     打印接口的数据格式                      print the JSON schemas'
	@echo '  make test       全部检查与测试                          every check and test'
	@echo '  make lint       只做代码风格、类型与依赖方向            style, types and import contracts only'
	@echo '  make bench      测速                                    benchmarks'
	@echo '  make lock       重写锁定的版本（UPGRADE=1 升级）        write the pins anew (UPGRADE=1 for newer ones)'
	@echo '  make clean      删去 .venv 与各种缓存                   remove .venv and caches'
	@echo
	@echo '  PYTHON=… 与 CC=… 指定解释器与编译器                     PYTHON=… and CC=… name the interpreter and the compiler'

# Exit status 3 says "undetermined: a fact is still unknown", which is a correct answer; 1 and 2 are failures.
decide:
	@sh .ci/install run
	@.venv/bin/python -m api decide '$(FILE)' || [ $$? -eq 3 ]

serve:
	@sh .ci/install run
	@.venv/bin/python -m api serve

check:
	@sh .ci/install run
	@.venv/bin/python -m api check '$(RULES)'

# Exit status 1 says "different", which is an answer.
diff:
	@sh .ci/install run
	@.venv/bin/python -m api diff '$(OLD)' '$(RULES)' || [ $$? -eq 1 ]

# The step library of the scenarios needs pytest-bdd, which is among the tools for development.
scenarios:
	@sh .ci/install dev
	@.venv/bin/python -m api scenarios --rules '$(RULES)' $(if $(RULE),--rule '$(RULE)')

schema:
	@sh .ci/install run
	@.venv/bin/python -m api schema

test:
	@sh .ci/install dev
	@.venv/bin/python .ci/test

lint:
	@sh .ci/install dev
	@.venv/bin/python .ci/test ruff mypy imports

bench:
	@sh .ci/install dev
	@.venv/bin/python -m benchmarks

lock:
	@sh .ci/lock

clean:
	rm -rf .venv build dist mianzheng.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find engine api features tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
