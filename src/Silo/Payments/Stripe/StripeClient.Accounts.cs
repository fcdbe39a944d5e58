using System.Text.Json.Serialization;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>An account of a streamer or an agency that is to receive money.</summary>
/// <param name="Country">Two letters.</param>
/// <param name="Metadata">Our ids.</param>
internal sealed record CreateAccount(
    string ContactEmail, string DisplayName, string Country, IReadOnlyDictionary<string, string> Metadata,
    StripeEntityType EntityType = StripeEntityType.Individual);

/// <summary>What is to change; what is null stays as it was.</summary>
/// <param name="RequestTransfers">True: ask again to be allowed to receive money. False: give that up.</param>
internal sealed record UpdateAccount(
    string? ContactEmail = null, string? DisplayName = null, bool? RequestTransfers = null, IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>A page of the provider for the owner of an account.</summary>
/// <param name="RefreshUrl">Where it leads when it has ended: we make a new one there.</param>
/// <param name="ReturnUrl">Where it leads when the owner is done.</param>
internal sealed record CreateAccountLink(string Account, StripeAccountLinkUse Use, string RefreshUrl, string ReturnUrl);

/// <summary>What the owner of an account is.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StripeEntityType>))]
internal enum StripeEntityType
{
    Individual = 0,
    Company = 1,
    NonProfit = 2,
    GovernmentEntity = 3,
}

/// <summary>What a page of the provider is for.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StripeAccountLinkUse>))]
internal enum StripeAccountLinkUse
{
    AccountOnboarding = 0,
    AccountUpdate = 1,
}

/// <summary>Accounts that receive money. This part of the API takes JSON.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Parts of an account that are only told when asked for.</summary>
    private static readonly string[] AccountParts = ["configuration.recipient", "requirements"];

    /// <summary>Creates an account that receives transfers; its owner uses the provider's small dashboard.</summary>
    public Task<StripeAnswer<StripeAccount>> CreateAccountAsync(CreateAccount request, string idempotencyKey) =>
        PostJsonAsync(
            "/v2/core/accounts",
            new StripeAccountBody(
                request.ContactEmail,
                request.DisplayName,
                Dashboard: "express",
                new StripeIdentityBody(request.Country, request.EntityType),
                StripeConfigurationBody.Transfers(requested: true),

                // The platform pays the provider's fees and answers for negative balances: a streamer pays for neither.
                new StripeDefaultsBody(new StripeResponsibilitiesBody("application", "application")),
                request.Metadata,
                AccountParts),
            StripeJson.Default.StripeAccountBody,
            idempotencyKey,
            StripeJson.Default.StripeAccount);

    /// <summary>The account as it is now, with what it may do and what is still wanted of it.</summary>
    public Task<StripeAnswer<StripeAccount>> GetAccountAsync(string id) =>
        GetAsync($"/v2/core/accounts/{Id(id)}", new StripeParameters { { "include", AccountParts } }, StripeJson.Default.StripeAccount);

    /// <summary>Changes an account.</summary>
    public Task<StripeAnswer<StripeAccount>> UpdateAccountAsync(string id, UpdateAccount request, string idempotencyKey) =>
        PostJsonAsync(
            $"/v2/core/accounts/{Id(id)}",
            new StripeAccountBody(
                request.ContactEmail,
                request.DisplayName,
                Configuration: request.RequestTransfers is { } requested ? StripeConfigurationBody.Transfers(requested) : null,
                Metadata: request.Metadata,
                Include: AccountParts),
            StripeJson.Default.StripeAccountBody,
            idempotencyKey,
            StripeJson.Default.StripeAccount);

    /// <summary>Makes a page where the owner of an account gives what is wanted.</summary>
    public Task<StripeAnswer<StripeAccountLink>> CreateAccountLinkAsync(CreateAccountLink request, string idempotencyKey)
    {
        var page = new StripeLinkPageBody(request.RefreshUrl, request.ReturnUrl);
        return PostJsonAsync(
            "/v2/core/account_links",
            new StripeAccountLinkBody(
                request.Account,
                new StripeLinkUseBody(
                    request.Use,
                    request.Use == StripeAccountLinkUse.AccountOnboarding ? page : null,
                    request.Use == StripeAccountLinkUse.AccountUpdate ? page : null)),
            StripeJson.Default.StripeAccountLinkBody,
            idempotencyKey,
            StripeJson.Default.StripeAccountLink);
    }
}
