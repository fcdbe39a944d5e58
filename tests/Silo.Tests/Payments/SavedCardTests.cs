using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Cards are saved with the provider; here stands whose they are.</summary>
public sealed class SavedCardTests
{
    private readonly Caller _ana = Person("Ana");
    private readonly Caller _ben = Person("Ben");

    [Fact]
    public async Task CardThatTheBankAsksAbout_IsSavedOnceItIsConfirmed()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();

        var asked = Value(await Cards(world, _ana).Add(_ana, id, new AddCard(Asks, ReturnUrl)));
        Assert.Equal((CardSetupState.RequiresAction, 0), (asked.State, await Count(world, _ana)));
        await world.Decide(asked.ActionUrl, "approve");
        await Until(async () => await Count(world, _ana) == 1);

        Assert.Equal(CardSetupState.Saved, Value(await Cards(world, _ana).GetSetup(_ana, id)).State);
    }

    [Fact]
    public async Task CardThatIsEnteredOnAPage_IsSavedByTheProvidersNews_AndAPageThatIsOpenIsNoFailure()
    {
        await using var world = await StartAsync();
        world.Arm(ApiFault.ResetAfterCommit, operation: "Session.create");
        var id = world.NewKey();
        var page = new AddCardOnPage(ReturnUrl, ReturnUrl);

        await Cards(world, _ana).AddOnPage(_ana, id, page);
        var asked = Value(await Cards(world, _ana).AddOnPage(_ana, id, page));
        await world.Decide(asked.ActionUrl, [new("decision", "save"), new("card", "pm_card_chargeDeclined")]);
        Assert.Equal(CardSetupState.RequiresAction, Value(await Cards(world, _ana).GetSetup(_ana, id)).State);
        await world.Decide(asked.ActionUrl, [new("decision", "save"), new("card", Visa)]);
        await Until(async () => await Count(world, _ana) == 1);

        Assert.Equal(CardSetupState.Saved, Value(await Cards(world, _ana).GetSetup(_ana, id)).State);
        Assert.Equal(RefusalCode.KeyReused, Refused(await Cards(world, _ana).Add(_ana, id, new AddCard(Visa, ReturnUrl))).Code);
        Assert.Equal(TopUpState.Credited, (await world.TopUp(_ana, Assert.Single(Value(await Cards(world, _ana).List(_ana)).Cards).CardId)).State);
    }

    [Fact]
    public async Task CardThatIsNotConfirmed_IsNotSaved()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        var asked = Value(await Cards(world, _ana).Add(_ana, id, new AddCard(Asks, ReturnUrl)));

        await world.Decide(asked.ActionUrl, "fail");
        await Until(async () => Value(await Cards(world, _ana).GetSetup(_ana, id)).State == CardSetupState.Failed);

        Assert.Equal(0, await Count(world, _ana));
    }

    [Fact]
    public async Task AnswerThatIsLost_SavesOneCardOnly()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.ResetAfterCommit, operation: "SetupIntent.create");
        world.Arm(ApiFault.ResetAfterCommit, operation: "Customer.create");
        var id = world.NewKey();

        await Cards(world, _ana).Add(_ana, id, new AddCard(Visa, ReturnUrl));
        var again = Value(await Cards(world, _ana).Add(_ana, id, new AddCard(Visa, ReturnUrl)));
        var other = Refused(await Cards(world, _ana).Add(_ana, id, new AddCard(Asks, ReturnUrl)));

        Assert.Equal((CardSetupState.Saved, 1), (again.State, await Count(world, _ana)));
        Assert.Equal(RefusalCode.KeyReused, other.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CardThatTooManyAccountsUse_PaysForNoneOfThem_SavedOrNot(bool saved)
    {
        await using var world = await StartAsync(sendWebhooks: false, settings: ThreeAccountsPerCard);
        var others = Enumerable.Range(0, 3).Select(account => Person($"Other {account}")).ToList();
        foreach (var other in others) { Assert.Equal(TopUpState.Credited, (await world.TopUp(other, await CardOf(world, other, saved))).State); }

        Assert.Equal(RefusalCode.CardSharedByTooMany, Refused(await world.TryTopUp(_ana, await CardOf(world, _ana, saved))).Code);
        Assert.Equal(0, await world.Coins(_ana));
        Assert.Equal(RefusalCode.CardSharedByTooMany, Refused(await world.TryTopUp(others[0], Visa)).Code);
        Assert.Equal(TopUpState.Credited, (await world.TopUp(_ana, "pm_card_mastercard")).State);
    }

    [Fact]
    public async Task SandboxCards_AreEverybodys_UnlessItsOperatorWantsToSeeTheRule()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        for (var account = 0; account < 12; account++) { Assert.Equal(TopUpState.Credited, (await world.TopUp(Person($"Other {account}"), Visa)).State); }

        Assert.Equal((0, 10), (new PaymentsOptions { Sandbox = true }.SharersMax, new PaymentsOptions().SharersMax));
    }

    [Fact]
    public async Task ProviderThatDoesNotTellWhoseCardItIs_ChargesNothing()
    {
        await using var world = await StartAsync(sendWebhooks: false, settings: ThreeAccountsPerCard);
        world.Arm(ApiFault.ResetBefore, times: 3, operation: "PaymentMethod.retrieve");

        Assert.Equal(RefusalCode.PaymentUnavailable, Refused(await world.TryTopUp(_ana, Visa)).Code);
        Assert.Equal((0, TopUpState.Credited), (await world.MoneyTaken(), (await world.TopUp(_ana, Visa)).State));
    }

    [Fact]
    public async Task SavedCard_PaysForItsOwnerAlone_AndForNobodyOnceRemoved()
    {
        await using var world = await StartAsync();
        var card = Value(await Cards(world, _ana).Add(_ana, world.NewKey(), new AddCard(Visa, ReturnUrl))).Card!;

        Assert.Equal(TopUpState.Credited, (await world.TopUp(_ana, card.CardId)).State);
        Assert.Equal(RefusalCode.CardNotYours, Refused(await world.TryTopUp(_ben, card.CardId)).Code);

        Value(await Cards(world, _ana).Remove(_ana, card.CardId));
        Assert.Equal(TopUpState.Failed, (await world.TopUp(_ana, card.CardId)).State);
        Assert.Equal((100, 129), (await world.Coins(_ana), await world.MoneyTaken()));
    }

    [Fact]
    public async Task FirstCardIsTheDefault_UntilAnotherIsChosenOrItIsRemoved()
    {
        await using var world = await StartAsync();
        var first = Value(await Cards(world, _ana).Add(_ana, world.NewKey(), new AddCard(Visa, ReturnUrl))).Card!;
        var second = Value(await Cards(world, _ana).Add(_ana, world.NewKey(), new AddCard("pm_card_mastercard", ReturnUrl))).Card!;

        Assert.Equal((true, false), (first.IsDefault, second.IsDefault));
        Assert.Equal(second.CardId, Value(await Cards(world, _ana).SetDefault(_ana, second.CardId)).Cards[0].CardId);
        var left = Value(await Cards(world, _ana).Remove(_ana, second.CardId)).Cards;

        Assert.Equal((first.CardId, true), (Assert.Single(left).CardId, left[0].IsDefault));
        Assert.Equal(RefusalCode.CardNotFound, Refused(await Cards(world, _ana).SetDefault(_ana, second.CardId)).Code);
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task CardThatTwoAccountsUse_IsKnownAsShared_EvenWhenOneHasRemovedItAndOneNeverSavedIt(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect, settings: ThreeAccountsPerCard);
        Assert.Equal(0, await world.VisaSharers());
        var card = Value(await Cards(world, _ana).Add(_ana, world.NewKey(), new AddCard(Visa, ReturnUrl))).Card!;
        Assert.Equal(1, await world.VisaSharers());

        await world.TopUp(_ben, Visa);
        await world.TopUp(_ben, Visa);
        Value(await Cards(world, _ana).Remove(_ana, card.CardId));

        Assert.Equal(2, await world.VisaSharers());
    }

    private static readonly Dictionary<string, string?> ThreeAccountsPerCard = new() { ["Payments:AccountsPerTestCardMax"] = "3" };

    private static async Task<string> CardOf(PaymentWorld world, Caller who, bool saved) =>
        saved ? Value(await Cards(world, who).Add(who, world.NewKey(), new AddCard(Visa, ReturnUrl))).Card!.CardId : Visa;

    private static ISavedCardsGrain Cards(PaymentWorld world, Caller who) => world.Grains.GetGrain<ISavedCardsGrain>(who.Id);

    private static async Task<int> Count(PaymentWorld world, Caller who) => Value(await Cards(world, who).List(who)).Cards.Count;
}
