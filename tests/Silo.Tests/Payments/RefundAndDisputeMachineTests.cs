using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Disputes;
using LiveCommerce.Silo.Payments.Refunds;

namespace LiveCommerce.Silo.Tests.Payments;

public sealed class RefundAndDisputeMachineTests
{
    /// <summary>One row a state: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<RefundState, string> Refunds = new()
    {
        // CoinsHeld, TakenIn, MoneyGone, NotTaken, Retried
        [RefundState.Requested] = "Sent Pending Succeeded Failed .",
        [RefundState.Sent] = ". Pending Succeeded Failed .",
        [RefundState.Pending] = ". . Succeeded Failed .",
        [RefundState.Succeeded] = ". . . Failed .",
        [RefundState.Failed] = ". . Succeeded . Requested",
    };

    private static readonly Dictionary<DisputeState, string> Disputes = new()
    {
        // Warned, ResponseNeeded, ReviewBegan, Won, Lost, WarningEnded
        [DisputeState.Warning] = ". NeedsResponse UnderReview Won Lost Released",
        [DisputeState.NeedsResponse] = ". . UnderReview Won Lost .",
        [DisputeState.UnderReview] = ". . . Won Lost .",
        [DisputeState.Won] = ". . . . . .",
        [DisputeState.Lost] = ". . . . . .",
        [DisputeState.Released] = ". NeedsResponse UnderReview Won Lost .",
    };

    [Fact]
    public void EveryPairOfARefund_GoesWhereTheTableSays() => Walk(RefundMachine.Table, Refunds);

    [Fact]
    public void EveryPairOfADispute_GoesWhereTheTableSays() => Walk(DisputeMachine.Table, Disputes);

    [Theory]
    [InlineData("succeeded", RefundHappened.MoneyGone)]
    [InlineData("pending", RefundHappened.TakenIn)]
    [InlineData("requires_action", RefundHappened.TakenIn)]
    [InlineData("failed", RefundHappened.NotTaken)]
    [InlineData("canceled", RefundHappened.NotTaken)]
    public void StatusOfARefund_MeansAnEvent(string status, object happened) => Assert.Equal((RefundHappened)happened, RefundMachine.Read(status));

    [Theory]
    [InlineData("early_fraud_warning", DisputeHappened.Warned)]
    [InlineData("warning_needs_response", DisputeHappened.Warned)]
    [InlineData("warning_under_review", DisputeHappened.Warned)]
    [InlineData("warning_closed", DisputeHappened.WarningEnded)]
    [InlineData("needs_response", DisputeHappened.ResponseNeeded)]
    [InlineData("under_review", DisputeHappened.ReviewBegan)]
    [InlineData("won", DisputeHappened.Won)]
    [InlineData("lost", DisputeHappened.Lost)]
    public void StatusOfADispute_MeansAnEvent(string status, object happened) => Assert.Equal((DisputeHappened)happened, DisputeMachine.Read(status));

    private static void Walk<TState, TEvent>(StateTable<TState, TEvent> table, Dictionary<TState, string> expected)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        var arrows = 0;
        foreach (var state in Enum.GetValues<TState>())
        {
            var row = expected[state].Split(' ');
            foreach (var (happened, place) in Enum.GetValues<TEvent>().Select((happened, place) => (happened, place)))
            {
                var moved = table.TryApply(state, happened, out var next);

                Assert.Equal(row[place] == "." ? state.ToString() : row[place], next.ToString());
                Assert.Equal(row[place] != ".", moved);
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(table.Arrows.Count, arrows);
    }
}
