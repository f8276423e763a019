import unittest

from agent import check_data, report


class ReportTest(unittest.TestCase):
    def test_a_failed_evaluation_has_no_score(self):
        self.assertIn("| type | failed |", report.table([1.0, None, 0.5, 0.25]))
        self.assertEqual(report.mean([1.0, None, 0.5, 0.0]), 0.5)
        self.assertEqual(report.mean([None]), 0.0)

    def test_bad_episodes_are_found(self):
        good = {"id": 1, "tokens": ["role:list"], "action": "scroll"}
        bad = {"id": 1, "tokens": [], "action": "jump"}
        strange = {"id": 2, "tokens": ["role:sofa"], "action": "scroll"}
        self.assertEqual(check_data.problems([good], {"role:list"}), [])
        self.assertEqual(len(check_data.problems([good, bad, strange], {"role:list"})), 4)


if __name__ == "__main__":
    unittest.main()
