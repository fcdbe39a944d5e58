using LiveCommerce.StripeSandbox.Simulation;

namespace LiveCommerce.StripeSandbox;

/// <summary>A test card of the sandbox, for whoever offers them.</summary>
/// <param name="Id">Its payment method id, such as <c>pm_card_visa</c>.</param>
/// <param name="Brand">Such as <c>visa</c>.</param>
/// <param name="Last4">The last four digits of its number.</param>
/// <param name="Label">What it does, as a phrase.</param>
public sealed record SandboxCard(string Id, string Brand, string Last4, string Label)
{
    /// <summary>All of them, those that simply pay first.</summary>
    public static IReadOnlyList<SandboxCard> All { get; } =
        [.. TestCards.All.Select(card => new SandboxCard(card.Id, card.Brand, card.Last4, card.Meaning))];
}
