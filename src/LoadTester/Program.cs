using LiveCommerce.LoadTester;

return await LoadTestCommand.Create().Parse(args).InvokeAsync();
