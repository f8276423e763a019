import unittest

from agent import data, freeze, model


class PolicyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.episodes, cls.held_out = data.split(data.load())
        cls.policy, cls.losses = model.train(cls.episodes, lr=0.1, epochs=5, seed=0)

    def test_training_lowers_the_loss(self):
        self.assertLess(self.losses[-1], self.losses[0] / 1.2)

    def test_training_is_deterministic(self):
        again, _ = model.train(self.episodes, lr=0.1, epochs=5, seed=0)
        self.assertEqual(again.weights, self.policy.weights)

    def test_it_beats_always_clicking(self):
        always = sum(e["action"] == "click" for e in self.held_out) / len(self.held_out)
        self.assertGreater(model.recall(self.policy, self.held_out), always + 0.2)

    def test_text_round_trip(self):
        again = model.Policy.from_text(self.policy.to_text())
        self.assertEqual(model.recall(again, self.held_out), model.recall(self.policy, self.held_out))

    def test_frozen_policy_is_nearly_as_good(self):
        frozen = freeze.freeze(self.policy)
        self.assertAlmostEqual(model.recall(frozen, self.held_out), model.recall(self.policy, self.held_out), delta=0.03)


if __name__ == "__main__":
    unittest.main()
