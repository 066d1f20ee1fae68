#include "ctl/domain/verdict_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace confab::ctl {
namespace {

constexpr std::size_t kPerCode = 3;

const char* name_of(VerdictCode code) {
  if (code == VerdictCode::passed) return "passed";
  return code == VerdictCode::broken ? "FAILED" : "WORTHLESS";
}

std::string ms(double value) { return std::to_string(std::lround(value)) + " ms"; }

const FindingCode& known(const std::string& name) {
  return *std::find_if(kFindingCodes.begin(), kFindingCodes.end(),
                       [&](const FindingCode& code) { return code.name == name; });
}

void add_findings(std::string& out, const Findings& findings, const std::string& name,
                  std::size_t count) {
  const auto& code = known(name);
  out += "  " + name + " (" + std::string(code.clause) + ": " + std::string(code.rule) +
         "): " + std::to_string(count) + "\n";
  std::size_t told = 0;
  for (const auto& one : findings.violations()) {
    if (one.code != name || ++told > kPerCode) continue;
    out += "    " + one.who + " at " + one.where + ": " + one.what + "\n";
  }
  if (count > kPerCode) out += "    and " + std::to_string(count - kPerCode) + " more\n";
}

}  // namespace

VerdictCode code_of(const CheckVerdict& verdict) {
  const auto& counts = verdict.findings.counts();
  if (counts.empty()) return VerdictCode::passed;
  const bool only_vacuous = counts.size() == 1 && counts.contains("VACUOUS");
  return only_vacuous ? VerdictCode::worthless : VerdictCode::broken;
}

std::string verdict_text(const CheckVerdict& verdict) {
  const auto& figures = verdict.figures;
  std::string out = name_of(code_of(verdict));
  out += ": " + std::to_string(figures.acknowledged) + " of " + std::to_string(figures.sends) +
         " messages acknowledged, " + std::to_string(figures.refusals) + " refusals, " +
         std::to_string(figures.deliveries) + " deliveries over " + std::to_string(figures.breaks) +
         " broken connections\n  seen after the ack: half within " + ms(figures.p50_ms) +
         ", 99 % within " + ms(figures.p99_ms) + ", all within " + ms(figures.max_ms) + "\n";
  for (const auto& [name, count] : verdict.findings.counts()) {
    add_findings(out, verdict.findings, name, count);
  }
  return out;
}

std::string verdict_json(const CheckVerdict& verdict) {
  namespace json = boost::json;
  const auto& figures = verdict.figures;
  json::object counts;
  for (const auto& [name, count] : verdict.findings.counts()) counts[name] = count;
  json::array violations;
  for (const auto& one : verdict.findings.violations()) {
    violations.push_back(json::object{{"code", one.code},
                                      {"clause", known(one.code).clause},
                                      {"who", one.who},
                                      {"where", one.where},
                                      {"what", one.what}});
  }
  const json::object delay{
      {"p50", figures.p50_ms}, {"p99", figures.p99_ms}, {"max", figures.max_ms}};
  const json::object told{{"sends", figures.sends},
                          {"acknowledged", figures.acknowledged},
                          {"refusals", figures.refusals},
                          {"deliveries", figures.deliveries},
                          {"resets", figures.resets},
                          {"breaks", figures.breaks},
                          {"delay_ms", delay}};
  const json::object all{{"verdict", name_of(code_of(verdict))},
                         {"figures", told},
                         {"counts", std::move(counts)},
                         {"violations", std::move(violations)}};
  return json::serialize(all);
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

TEST(VerdictText, TellsPassingFromBreakingAndFromTooLittle) {
  CheckVerdict verdict;
  EXPECT_EQ(code_of(verdict), VerdictCode::passed);
  EXPECT_EQ(verdict_text(verdict).find("passed: 0 of 0"), 0U);
  verdict.findings.add("VACUOUS", "run", "oks", "0, and at least 5 are needed");
  EXPECT_EQ(code_of(verdict), VerdictCode::worthless);
  for (int i = 0; i < 5; ++i)
    verdict.findings.add("HOLE", "a gateway", "room 1:3", "it is not there");
  EXPECT_EQ(code_of(verdict), VerdictCode::broken);
  const auto text = verdict_text(verdict);
  for (const auto* part :
       {"FAILED", "HOLE (D3: seq counts", "a gateway at room 1:3", "and 2 more"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  const auto json = boost::json::parse(verdict_json(verdict));
  EXPECT_EQ(json.at("verdict").as_string(), "FAILED");
  EXPECT_EQ(json.at("counts").at("HOLE").to_number<int>(), 5);
  EXPECT_EQ(json.at("violations").as_array().size(), 6U);
}

}  // namespace
}  // namespace confab::ctl
#endif
