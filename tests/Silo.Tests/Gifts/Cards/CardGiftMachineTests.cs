using LiveCommerce.Silo.Gifts.Cards;
using LiveCommerce.Silo.Payments;
using static LiveCommerce.Silo.Gifts.Cards.CardGiftHappened;
using static LiveCommerce.Silo.Gifts.Cards.CardGiftStage;

namespace LiveCommerce.Silo.Tests.Gifts.Cards;

public sealed class CardGiftMachineTests
{
    /// <summary>One row a stage: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<CardGiftStage, string> Table = new()
    {
        // Sent, ActionNeeded, ProcessingBegan, PaymentFailed, PaymentCanceled, MoneyTaken, Posted,
        // HeldLongEnough, DisputeOpened, DisputeWon, DisputeLost, RefundAsked, RefundRefused, MoneyReturned, MoneyCameBack
        [Intent] = "Submitted RequiresAction Processing Failed Canceled MoneyTaken . . . . . . . . .",
        [Submitted] = ". RequiresAction Processing Failed Canceled MoneyTaken . . . . . . . . .",
        [RequiresAction] = ". . Processing Failed Canceled MoneyTaken . . . . . . . . .",
        [Processing] = ". . . Failed Canceled MoneyTaken . . . . . . . . .",
        [CardGiftStage.MoneyTaken] = ". . . . . . Settled . . . . . . . .",
        [Settled] = ". . . . . . . Matured SettledHeld . Reversed Refunding . Reversed .",
        [Matured] = ". . . . . . . . MaturedHeld . Reversed Refunding . Reversed .",
        [Failed] = ". . . . . MoneyTaken . . . . . . . . .",
        [Canceled] = ". . . . . MoneyTaken . . . . . . . . .",
        [SettledHeld] = ". . . . . . . . . Settled Reversed . . . .",
        [MaturedHeld] = ". . . . . . . . . Matured Reversed . . . .",
        [Refunding] = ". . . . . . . . . . . . Settled Reversed .",
        [Reversed] = ". . . . . . . . . Settled . . . . Settled",
    };

    [Fact]
    public void EveryPairOfStageAndEvent_GoesWhereTheTableSays()
    {
        var arrows = 0;
        foreach (var stage in Enum.GetValues<CardGiftStage>())
        {
            var row = Table[stage].Split(' ');
            Assert.Equal(Enum.GetValues<CardGiftHappened>().Length, row.Length);
            foreach (var happened in Enum.GetValues<CardGiftHappened>())
            {
                var expected = row[(int)happened];
                var moved = CardGiftMachine.Table.TryApply(stage, happened, out var next);

                Assert.Equal(expected == "." ? stage.ToString() : expected, next.ToString());
                Assert.Equal(expected != ".", moved);
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(CardGiftMachine.Table.Arrows.Count, arrows);
    }

    [Theory]
    [InlineData("succeeded", null, CardGiftHappened.MoneyTaken)]
    [InlineData("requires_action", null, ActionNeeded)]
    [InlineData("processing", null, ProcessingBegan)]
    [InlineData("requires_payment_method", "declined", PaymentFailed)]
    [InlineData("canceled", null, PaymentCanceled)]
    public void Status_MeansAnEvent(string status, string? problem, object happened) =>
        Assert.Equal((CardGiftHappened)happened, CardGiftMachine.Read(CardOutcomes.Read(status, problem)!.Value, problem)!.Value.Happened);

    [Fact]
    public void EveryStage_IsShownToPeople()
    {
        foreach (var stage in Enum.GetValues<CardGiftStage>()) { Assert.NotNull(new CardGiftRecord { Stage = stage }.ToView("id")); }
    }
}
