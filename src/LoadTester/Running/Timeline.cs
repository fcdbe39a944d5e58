using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Running;

/// <summary>One thing that will be done.</summary>
/// <param name="At">Microseconds after the clock of the scenario starts.</param>
/// <param name="Room">The room's number within its plan.</param>
/// <param name="Sender">The sender's number within the plan; for a like, any number.</param>
internal readonly record struct Sending(long At, ActionPlan Action, int Room, int Sender, int Quantity);

/// <summary>Everything of one kind that a scenario does, in the order of its time: the same for the same seed.</summary>
internal static class Timeline
{
    /// <summary>Between two gifts of a combo.</summary>
    private const double ComboSeconds = 0.2;

    public static IReadOnlyList<Sending> Of(Scenario scenario, ActionKind kind)
    {
        var all = new List<Sending>();
        foreach (var (number, action) in scenario.Actions.Index())
        {
            if (action.Kind != kind) { continue; }
            var room = scenario.Rooms.First(one => one.Name == action.Room);
            Add(all, action, scenario.CountOf(action), Math.Max(1, scenario.SendersIn(room)), room.Count, new Random(unchecked((scenario.Seed * 397) ^ number)));
        }

        return [.. all.OrderBy(sending => sending.At)];
    }

    private static void Add(List<Sending> all, ActionPlan action, int count, int senders, int rooms, Random random)
    {
        for (var (index, turn) = (0, 0); index < count; turn++)
        {
            // One sender is in one room; whose turn it is goes round.
            var sender = action.Kind == ActionKind.Like ? random.Next() : turn % senders;
            var quantity = action.Quantity.PickWhole(random);
            var combo = Math.Min(action.Combo.PickWhole(random), count - index);
            var at = action.From + (index / action.PerSecond);
            for (var part = 0; part < combo; part++, index++)
            {
                all.Add(new Sending((long)((at + (part * ComboSeconds)) * 1e6), action, sender % rooms, sender, quantity));
            }
        }
    }
}
