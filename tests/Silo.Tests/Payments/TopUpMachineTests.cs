using LiveCommerce.Silo.Payments;
using static LiveCommerce.Silo.Payments.TopUpHappened;
using static LiveCommerce.Silo.Payments.TopUpStage;

namespace LiveCommerce.Silo.Tests.Payments;

public sealed class TopUpMachineTests
{
    /// <summary>One row a stage: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<TopUpStage, string> Table = new()
    {
        // Sent, ActionNeeded, ProcessingBegan, PaymentFailed, PaymentCanceled, MoneyTaken, CoinsCredited, TimeIsUp, Froze, Thawed,
        // DisputeLost, PartReturned, AllReturned, PartCameBack, AllCameBack
        [Created] = "Submitted RequiresAction Processing Failed Canceled Paid . Expired . . . . . . .",
        [Submitted] = ". RequiresAction Processing Failed Canceled Paid . Expired . . . . . . .",
        [RequiresAction] = ". . Processing Failed Canceled Paid . Expired . . . . . . .",
        [Processing] = ". . . Failed Canceled Paid . Expired . . . . . . .",
        [Paid] = ". . . . . . Credited . . . . . . . .",
        [Credited] = ". . . . . . . . Frozen . Clawed PartlyRefunded Refunded . .",
        [Failed] = ". . . . . Paid . . . . . . . . .",
        [Canceled] = ". . . . . Paid . . . . . . . . .",
        [Expired] = ". . . . . Paid . . . . . . . . .",
        [Frozen] = ". . . . . . . . . Credited Clawed Frozen Refunded . .",
        [Clawed] = ". . . . . . . . . . . . . . .",
        [PartlyRefunded] = ". . . . . . . . Frozen . Clawed PartlyRefunded Refunded PartlyRefunded Credited",
        [Refunded] = ". . . . . . . . . . . . . PartlyRefunded Credited",
    };

    [Fact]
    public void EveryPairOfStageAndEvent_GoesWhereTheTableSays()
    {
        var arrows = 0;
        foreach (var stage in Enum.GetValues<TopUpStage>())
        {
            var row = Table[stage].Split(' ');
            foreach (var happened in Enum.GetValues<TopUpHappened>())
            {
                var expected = row[(int)happened];
                var moved = TopUpMachine.Table.TryApply(stage, happened, out var next);

                Assert.Equal(expected == "." ? stage.ToString() : expected, next.ToString());
                Assert.Equal(expected != ".", moved);
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(TopUpMachine.Table.Arrows.Count, arrows);
    }

    [Theory]
    [InlineData("succeeded", null, MoneyTaken)]
    [InlineData("requires_action", null, ActionNeeded)]
    [InlineData("processing", null, ProcessingBegan)]
    [InlineData("requires_payment_method", "declined", PaymentFailed)]
    [InlineData("canceled", null, PaymentCanceled)]
    public void Status_MeansAnEvent(string status, string? problem, object happened) =>
        Assert.Equal((TopUpHappened)happened, TopUpMachine.Read(CardOutcomes.Read(status, problem)!.Value, problem, timeIsUp: false)!.Value.Happened);

    [Theory]
    [InlineData("requires_payment_method")]
    [InlineData("requires_confirmation")]
    [InlineData("a status of tomorrow")]
    public void StatusWithoutATry_MeansNothing(string status) => Assert.Null(CardOutcomes.Read(status, problem: null));
}
