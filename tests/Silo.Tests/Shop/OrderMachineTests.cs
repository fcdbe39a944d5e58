using LiveCommerce.Silo.Shop;
using static LiveCommerce.Silo.Shop.OrderStage;

namespace LiveCommerce.Silo.Tests.Shop;

public sealed class OrderMachineTests
{
    /// <summary>One row a stage: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<OrderStage, string> Table = new()
    {
        // StockTaken, PaymentSent, ActionNeeded, PaymentFailed, TimeIsUp, MoneyTaken, SaleBooked, StockGone, MoneyReturned,
        // Shipped, Arrived, HeldLongEnough, AllRefunded, DisputeOpened, DisputeWon, DisputeLost, MoneyCameBack
        [Created] = "Reserved . . . Expired . . . . . . . . . . . .",
        [Reserved] = ". Paying RequiresAction Declined Expired MoneyTaken . . . . . . . . . . .",
        [Paying] = ". . RequiresAction Declined Expired MoneyTaken . . . . . . . . . . .",
        [RequiresAction] = ". . . Declined Expired MoneyTaken . . . . . . . . . . .",
        [MoneyTaken] = ". . . . . . Paid Refunding . . . . . . . . .",
        [Paid] = ". . . . . . . . . Fulfilled Delivered . Refunded PaidDisputed . DisputeLost .",
        [Declined] = ". . . . . MoneyTaken . . . . . . . . . . .",
        [Expired] = ". . . . . MoneyTaken . . . . . . . . . . .",
        [Refunding] = ". . . . . . . . RefundedLate . . . . . . . .",
        [RefundedLate] = ". . . . . . . . . . . . . . . . .",
        [Fulfilled] = ". . . . . . . . . . Delivered . Refunded FulfilledDisputed . DisputeLost .",
        [Delivered] = ". . . . . . . . . . . Released Refunded DeliveredDisputed . DisputeLost .",
        [Released] = ". . . . . . . . . . . . Refunded ReleasedDisputed . DisputeLost .",
        [Refunded] = ". . . . . . . . . . . . . . . . Paid",
        [PaidDisputed] = ". . . . . . . . . . . . . . Paid DisputeLost .",
        [FulfilledDisputed] = ". . . . . . . . . . . . . . Fulfilled DisputeLost .",
        [DeliveredDisputed] = ". . . . . . . . . . . . . . Delivered DisputeLost .",
        [ReleasedDisputed] = ". . . . . . . . . . . . . . Released DisputeLost .",
        [OrderStage.DisputeLost] = ". . . . . . . . . . . . . . . . .",
    };

    [Fact]
    public void EveryPairOfStageAndEvent_GoesWhereTheTableSays()
    {
        var arrows = 0;
        foreach (var stage in Enum.GetValues<OrderStage>())
        {
            var row = Table[stage].Split(' ');
            foreach (var happened in Enum.GetValues<OrderHappened>())
            {
                var expected = row[(int)happened];
                var moved = OrderMachine.Table.TryApply(stage, happened, out var next);

                Assert.Equal(expected == "." ? stage.ToString() : expected, next.ToString());
                Assert.Equal(expected != ".", moved);
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(OrderMachine.Table.Arrows.Count, arrows);
    }

    [Theory]
    [InlineData(100, 95, 5)]
    [InlineData(1_999, 1_899, 100)]
    [InlineData(50, 47, 3)]
    [InlineData(99_999_999, 94_999_999, 5_000_000)]
    public void Shares_SumToTheTotalAndThePlatformTakesTheRemainder(long total, long seller, long platform) =>
        Assert.Equal((seller, platform), SaleShares.Of(total));
}
